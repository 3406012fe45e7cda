import type { CellId } from "../../base/index.ts";
import type { Metrics } from "../../telemetry/index.ts";

export interface CacheMeters {
  /** The response cache was asked for an answer. */
  cacheAsked(result: "hit" | "miss"): void;
  /** What its answers take now. */
  cacheBytes(bytes: number): void;
}

export function cacheMeters(metrics: Metrics, cell: CellId): CacheMeters {
  const asked = metrics.counter(
    "bailiwick_response_cache_requests_total",
    "Requests that the response cache was asked for, by what it had.",
  );
  const bytes = metrics.gauge("bailiwick_response_cache_bytes", "What the answers take that are kept.");
  return {
    cacheAsked: (result) => asked.add({ cell, result }),
    cacheBytes: (held) => bytes.set({ cell }, held),
  };
}
