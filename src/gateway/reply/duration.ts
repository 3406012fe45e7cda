import { elapsedMs, type MonotonicMs } from "../../base/index.ts";

/** As entries, metrics and log lines have durations: whole milliseconds, and none is negative whatever the clock does. */
export function durationMs(from: MonotonicMs, to: MonotonicMs): number {
  return Math.max(0, Math.round(elapsedMs(from, to)));
}
