import { seededRandom } from "../support/seeded-random.ts";

/** Choices that are the same for the same seed. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  below(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  chance(rate: number): boolean {
    return this.#next() < rate;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** Up to `most` of what `make` gives. */
  some<Item>(most: number, make: () => Item): readonly Item[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}
