import { elapsedMs, type MonotonicMs } from "../../base/index.ts";

/** How often one looks. */
export const lookIntervalMs = 250;
/** More than this between two looks is our own absence: the process was stopped, or its turn took long. */
const maxStepMs = 4 * lookIntervalMs;

/**
 * For how long something has shown no progress, as far as somebody looked: a process that was stopped for an hour and goes
 * on must not take its own sleep for another's silence.
 */
export class Silence {
  #mark: number | null = null;
  #lookedAt: MonotonicMs | null = null;
  #silentMs = 0;

  /** `mark` is another one after each progress; null where there is nothing to wait for. */
  look(mark: number | null, now: MonotonicMs): number {
    const stepMs = this.#lookedAt === null ? 0 : Math.min(elapsedMs(this.#lookedAt, now), maxStepMs);
    this.#silentMs = mark === null || mark !== this.#mark ? 0 : this.#silentMs + stepMs;
    this.#mark = mark;
    this.#lookedAt = now;
    return this.#silentMs;
  }
}
