import { elapsedMs, type MonotonicMs } from "../../base/index.ts";

/** A minute's worth of something, refilled evenly. Requests and tokens are both counted by one. */
export class Bucket {
  /** Below nought where more was used than had been reserved. */
  #left: number;
  #refilledAtMs: MonotonicMs;

  /** Full. */
  constructor(perMinute: number, nowMs: MonotonicMs) {
    this.#left = perMinute;
    this.#refilledAtMs = nowMs;
  }

  /**
   * 0 where `amount` may be taken now, else how long until then. What is more than a minute's worth may be taken of a full
   * bucket: refused for ever it would not be limited but forbidden, and an amount may be a bound far above what is used.
   */
  waitMs(amount: number, perMinute: number, nowMs: MonotonicMs): number {
    const missing = Math.min(amount, perMinute) - this.left(perMinute, nowMs);
    return missing <= 0 ? 0 : Math.max(1, missing / (perMinute / 60_000));
  }

  take(amount: number): void {
    this.#left -= amount;
  }

  /** Of what was taken; less than nothing where too little was. */
  giveBack(amount: number): void {
    this.#left += amount;
  }

  left(perMinute: number, nowMs: MonotonicMs): number {
    const refilled = this.#left + (elapsedMs(this.#refilledAtMs, nowMs) * perMinute) / 60_000;
    this.#left = Math.min(perMinute, refilled);
    this.#refilledAtMs = nowMs;
    return this.#left;
  }
}
