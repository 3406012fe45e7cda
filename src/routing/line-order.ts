// In which order those who wait are served: whoever came first, where one step of priority counts as having come
// `stepMs` earlier. INVARIANT: nobody is overtaken by one who came later than that for each step between the two.
import type { MonotonicMs } from "../base/index.ts";

/** The lowest comes first. */
export const priorities = ["low", "normal", "high"] as const;
export type Priority = (typeof priorities)[number];

export function lowerPriority(one: Priority, other: Priority): Priority {
  return priorities.indexOf(one) < priorities.indexOf(other) ? one : other;
}

export const stepMs = 10_000;

export interface Place {
  readonly priority: Priority;
  /** When it would have come to wait as long at the lowest priority. */
  readonly turnMs: number;
}

export function turnOf(priority: Priority, nowMs: MonotonicMs): number {
  return nowMs - priorities.indexOf(priority) * stepMs;
}

/** Those who wait, or those of them who wait at one endpoint; they are added in the order in which they come. */
export class LineOrder<P extends Place> {
  readonly #levels: readonly Set<P>[] = priorities.map(() => new Set<P>());

  get size(): number {
    return this.#levels.reduce((total, level) => total + level.size, 0);
  }

  has(place: P): boolean {
    return this.#levelOf(place).has(place);
  }

  add(place: P): void {
    this.#levelOf(place).add(place);
  }

  delete(place: P): void {
    this.#levelOf(place).delete(place);
  }

  /** Of equal turns the higher priority is first. */
  first(): P | null {
    let first: P | null = null;
    for (const [oldest] of this.#levels)
      if (oldest && (first === null || oldest.turnMs <= first.turnMs)) first = oldest;
    return first;
  }

  /**
   * The newest of the lowest priority of whom `place` would be served first, though he was here before. Looks at all of a
   * priority: a line is as long as the cell file lets it be, 256 unless it says more.
   */
  lastBehind(place: Place): P | null {
    for (const level of this.#levels.slice(0, priorities.indexOf(place.priority))) {
      const newest = [...level].at(-1);
      if (newest && newest.turnMs > place.turnMs) return newest;
    }
    return null;
  }

  /** How many would be served before one who came now. */
  countBefore({ priority, turnMs }: Place): number {
    const own = priorities.indexOf(priority);
    return this.#levels
      .map((level, at) => (at >= own ? level.size : countWhile(level, (each) => each.turnMs < turnMs)))
      .reduce((total, count) => total + count, 0);
  }

  #levelOf({ priority }: P): Set<P> {
    const level = this.#levels[priorities.indexOf(priority)];
    if (!level) throw new RangeError(`no priority \`${priority}\``);
    return level;
  }
}

function countWhile<T>(all: Iterable<T>, isSo: (each: T) => boolean): number {
  let count = 0;
  for (const each of all) {
    if (!isSo(each)) return count;
    count++;
  }
  return count;
}
