// So many requests a second, whoever makes them: a machine that others use too can bear it.
import { setTimeout as pause } from "node:timers/promises";

export class Pace {
  readonly #intervalMs: number;
  #nextMs = 0;

  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond;
  }

  /** Resolves when it is the caller's turn. What was missed is not made up for. */
  async turn(): Promise<void> {
    const now = performance.now();
    const turnMs = Math.max(now, this.#nextMs);
    this.#nextMs = turnMs + this.#intervalMs;
    if (turnMs > now) await pause(turnMs - now);
  }
}
