// How fast those who wait for room at an endpoint are let go.
import { elapsedMs, type MonotonicMs } from "../base/index.ts";

/** Of the newest time between two, in the average. */
const smoothing = 0.2;

export class LinePace {
  #intervalMs: number | null = null;
  #newestAtMs: MonotonicMs | null = null;

  /** Between two that are let go, smoothed; 0 while nobody knows. */
  get intervalMs(): number {
    return this.#intervalMs ?? 0;
  }

  letGo(nowMs: MonotonicMs): void {
    const newestAtMs = this.#newestAtMs;
    this.#newestAtMs = nowMs;
    if (newestAtMs === null) return;
    const newestMs = elapsedMs(newestAtMs, nowMs);
    const beforeMs = this.#intervalMs ?? newestMs;
    this.#intervalMs = beforeMs + (newestMs - beforeMs) * smoothing;
  }
}
