import { Bucket } from "./bucket.ts";
import { type LimitMemory, wordsPerLevel } from "./limit-memory.ts";

/** What is used of one level in all threads, whichever policy names it. It is forgotten with the process; what was spent is not (spend-tally.ts). */
export class LevelUse {
  readonly requests: Bucket;
  readonly tokens: Bucket;
  readonly #places: Int32Array;
  readonly #first: number;
  readonly #threads: number;
  readonly #thread: number;

  constructor({ rates, places, threads, thread }: LimitMemory, level: number) {
    this.requests = new Bucket(rates, level * wordsPerLevel);
    this.tokens = new Bucket(rates, level * wordsPerLevel + 2);
    this.#places = places;
    this.#first = level * threads;
    this.#threads = threads;
    this.#thread = thread;
  }

  get concurrent(): number {
    let sum = 0;
    for (let at = 0; at < this.#threads; at++) sum += Atomics.load(this.#places, this.#first + at);
    return sum;
  }

  takePlace(): void {
    Atomics.add(this.#places, this.#first + this.#thread, 1);
  }

  /** Needs no lock: who counts meanwhile sees one more than there is. */
  leavePlace(): void {
    Atomics.sub(this.#places, this.#first + this.#thread, 1);
  }
}
