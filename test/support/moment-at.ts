import type { MonotonicMs } from "../../src/base/index.ts";

/** What a monotonic clock that a test winds by hand shows. */
export function momentAt(ms: number): MonotonicMs {
  return ms as MonotonicMs;
}
