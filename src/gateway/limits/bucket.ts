// A minute's worth of something, refilled evenly: how much was used of it, and when that was so. Requests and tokens are both
// counted by one. All nought is a full bucket.
import { elapsedMs, type MonotonicMs } from "../../base/index.ts";

/** Nobody knows when there will be any. */
const untilAnyMs = 1_000;

/** Two words of shared memory. INVARIANT: they are touched under the lock of the tenant whose limit it is. */
export class Bucket {
  readonly #words: Float64Array;
  readonly #at: number;

  constructor(words: Float64Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /**
   * 0 where `amount` may be taken now, else how long until then. What is more than a minute's worth may be taken of a full
   * bucket: refused for ever it would not be limited but forbidden, and an amount may be a bound far above what is used.
   */
  waitMs(amount: number, perMinute: number, nowMs: MonotonicMs): number {
    if (perMinute <= 0) return untilAnyMs;
    const missing = Math.min(amount, perMinute) - (perMinute - this.used(perMinute, nowMs));
    return missing <= 0 ? 0 : Math.max(1, missing / (perMinute / 60_000));
  }

  /** Of what was taken before less than nothing may be given back. */
  add(amount: number): void {
    this.#words[this.#at] = (this.#words[this.#at] ?? 0) + amount;
  }

  /** A minute's worth is more or less by so much from now on. What may be taken at once is not more by that. */
  move(byPerMinute: number): void {
    this.#words[this.#at] = Math.max(0, (this.#words[this.#at] ?? 0) + byPerMinute);
  }

  /** Above `perMinute` where more was used than had been reserved. */
  used(perMinute: number, nowMs: MonotonicMs): number {
    const words = this.#words;
    const measuredAtMs = (words[this.#at + 1] ?? 0) as MonotonicMs;
    // A thread that read its clock first may get the lock last.
    const passedMs = Math.max(0, elapsedMs(measuredAtMs, nowMs));
    const used = Math.max(0, (words[this.#at] ?? 0) - (passedMs * perMinute) / 60_000);
    if (passedMs > 0) words[this.#at + 1] = nowMs;
    words[this.#at] = used;
    return used;
  }
}
