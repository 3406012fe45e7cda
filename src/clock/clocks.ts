import { uptime } from "node:os";
import type { MonotonicMs } from "../base/index.ts";

/**
 * The one reading of the system's monotonic clock. Not `performance.now`, which begins anew in each thread: what the
 * ledger thread measures is compared with what the gateway measures.
 */
export function monotonicNow(): MonotonicMs {
  return (Number(process.hrtime.bigint()) / 1_000_000) as MonotonicMs;
}

/**
 * What the wall clock is compared with. On Linux it is the time since boot (`/proc/uptime`, to 10 ms), which counts the time asleep, as the
 * monotonic clock there does not; elsewhere the system's uptime may itself follow the wall clock.
 */
export function steadyNow(): MonotonicMs {
  return process.platform === "linux" ? ((uptime() * 1_000) as MonotonicMs) : monotonicNow();
}
