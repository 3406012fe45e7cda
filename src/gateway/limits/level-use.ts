import type { MonotonicMs } from "../../base/index.ts";
import type { LentLimit, LimitLevel } from "../../config/index.ts";
import { Bucket } from "./bucket.ts";
import { LentShare } from "./fleet-share.ts";
import { type LimitMemory, wordsPerLevel } from "./limit-memory.ts";

type RateLimit = Exclude<LentLimit, "concurrent-requests">;

interface Loan {
  readonly limit: LentLimit;
  /** The policy's word. */
  readonly stated: number;
  readonly amount: number;
  readonly nowMs: MonotonicMs;
}

/** State of its owner: the views that it has made. */
export class LevelUses {
  readonly #memory: LimitMemory;
  readonly #known = new Map<string, LevelUse>();

  constructor(memory: LimitMemory) {
    this.#memory = memory;
  }

  of({ id }: LimitLevel): LevelUse {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const number = this.#memory.levelNames.numberOf(id);
    // The control thread claims all numbers of a policy before it is in force (limit-memory.ts).
    if (number === null) throw new TypeError("the record of limits has no room for another level");
    const use = new LevelUse(this.#memory, number);
    this.#known.set(id, use);
    return use;
  }
}

/** What is used of one level in all threads, whichever policy names it. It is forgotten with the process; what was spent is not (spend-tally.ts). */
export class LevelUse {
  readonly requests: Bucket;
  readonly tokens: Bucket;
  readonly lent: LentShare;
  readonly #places: Int32Array;
  readonly #first: number;
  readonly #threads: number;
  readonly #thread: number;

  constructor(memory: LimitMemory, level: number) {
    const { rates, places, threads, thread } = memory;
    this.requests = new Bucket(rates, level * wordsPerLevel);
    this.tokens = new Bucket(rates, level * wordsPerLevel + 2);
    this.lent = new LentShare(memory, level);
    this.#places = places;
    this.#first = level * threads;
    this.#threads = threads;
    this.#thread = thread;
  }

  bucketOf(limit: RateLimit): Bucket {
    return limit === "requests-per-minute" ? this.requests : this.tokens;
  }

  /** A rate that is lent comes with an empty bucket: whoever lent it may have used its own. */
  lend({ limit, stated, amount, nowMs }: Loan): void {
    if (limit !== "concurrent-requests") {
      const bucket = this.bucketOf(limit);
      // Until now it was refilled at the rate until now.
      const before = this.lent.most(limit, stated, nowMs);
      if (before > 0) bucket.used(before, nowMs);
      bucket.move(amount - this.lent.last(limit));
    }
    this.lent.lend(limit, amount);
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
