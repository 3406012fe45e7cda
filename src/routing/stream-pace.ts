// Whether an engine's stream goes on as fast as its operator expects. Only the time in which the engine was waited for
// counts: a caller that reads slowly slows nobody down.
import { elapsedMs, type MonotonicMs } from "../base/index.ts";

export interface LeastPace {
  readonly events: number;
  readonly inMs: number;
}

/** INVARIANT: a stream that brings `events` in every `inMs` of waiting is never too slow, however the two are spread. */
export class StreamPace {
  readonly #least: LeastPace;
  #events = 0;
  #waitedMs = 0;
  /** Null: it is not waited for. */
  #askedAtMs: MonotonicMs | null = null;

  constructor(least: LeastPace) {
    this.#least = least;
  }

  /** It is waited for, from now on. */
  ask(nowMs: MonotonicMs): void {
    this.#askedAtMs = nowMs;
  }

  /** So many events have come; comments are none. */
  isTooSlow(events: number, nowMs: MonotonicMs): boolean {
    if (this.#askedAtMs === null) return false;
    this.#waitedMs += elapsedMs(this.#askedAtMs, nowMs);
    this.#askedAtMs = null;
    this.#events += events;
    if (this.#events >= this.#least.events) {
      this.#events = 0;
      this.#waitedMs = 0;
    }
    return this.#waitedMs >= this.#least.inMs;
  }
}
