import { later, type MonotonicMs } from "../base/index.ts";

/** What was noted in this time was noted lately. */
const latelyMs = 30_000;

/** Whether more than one name was noted lately; more than that nobody asks, so no more is kept. */
export class TwoNewest {
  #newest: string | null = null;
  #newestAtMs: MonotonicMs | null = null;
  /** Of the newest note of another name. */
  #otherAtMs: MonotonicMs | null = null;

  note(name: string, nowMs: MonotonicMs): void {
    if (this.#newest !== null && this.#newest !== name) this.#otherAtMs = this.#newestAtMs;
    this.#newest = name;
    this.#newestAtMs = nowMs;
  }

  areTwo(nowMs: MonotonicMs): boolean {
    return this.#otherAtMs !== null && nowMs < later(this.#otherAtMs, latelyMs);
  }
}
