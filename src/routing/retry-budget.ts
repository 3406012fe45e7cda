// How many attempts may follow first ones, so that endpoints which fail are not given twice their load by those who ask
// again. One budget for all requests of a model: a share of their first attempts, and a few more where there are few.
import type { MonotonicMs } from "../base/index.ts";

export interface RetryShare {
  /** Of a hundred first attempts, so many may be followed by one more. */
  readonly percent: number;
  /** So many a second may be, however few requests there are. */
  readonly perSecond: number;
}

/** What was attempted counts for so long, as a first one and as a retry alike: so no first attempt pays for two retries. */
const windowSeconds = 10;

/**
 * INVARIANT: with every retry that it allows, the retries of the last ten seconds are at most the share of the first
 * attempts of the same seconds, and ten times `perSecond`.
 */
export class RetryBudget {
  readonly #share: RetryShare;
  readonly #firsts = new Float64Array(windowSeconds);
  readonly #retries = new Float64Array(windowSeconds);
  /** Of all seconds in the window. */
  #firstCount = 0;
  #retryCount = 0;
  #second = 0;

  constructor(share: RetryShare) {
    this.#share = share;
  }

  noteFirst(nowMs: MonotonicMs): void {
    const slot = this.#slotAt(nowMs);
    this.#firsts[slot] = (this.#firsts[slot] ?? 0) + 1;
    this.#firstCount++;
  }

  noteRetry(nowMs: MonotonicMs): void {
    const slot = this.#slotAt(nowMs);
    this.#retries[slot] = (this.#retries[slot] ?? 0) + 1;
    this.#retryCount++;
  }

  allows(nowMs: MonotonicMs): boolean {
    this.#slotAt(nowMs);
    const { percent, perSecond } = this.#share;
    return this.#retryCount + 1 <= perSecond * windowSeconds + (this.#firstCount * percent) / 100;
  }

  /** Forgets the seconds that have left the window. */
  #slotAt(nowMs: MonotonicMs): number {
    const second = Math.floor(nowMs / 1_000);
    const passed = Math.min(second - this.#second, windowSeconds);
    for (let each = 0; each < passed; each++) {
      const slot = slotOf(second - each);
      this.#firstCount -= this.#firsts[slot] ?? 0;
      this.#retryCount -= this.#retries[slot] ?? 0;
      this.#firsts[slot] = 0;
      this.#retries[slot] = 0;
    }
    this.#second = Math.max(this.#second, second);
    return slotOf(this.#second);
  }
}

function slotOf(second: number): number {
  return ((second % windowSeconds) + windowSeconds) % windowSeconds;
}
