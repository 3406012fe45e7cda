// What a gauge that several threads set is together. Neither answer depends on the order in which the threads are asked,
// and a gauge that one thread alone sets is itself under each.
import type { GaugeMerge } from "./metrics.ts";

const merges: ReadonlyMap<string, GaugeMerge> = new Map<string, GaugeMerge>([
  // Each thread has its share.
  ["bailiwick_requests_in_flight", "sum"],
  ["bailiwick_ledger_pending", "sum"],
  ["bailiwick_connections", "sum"],
  ["bailiwick_bytes_in_flight", "sum"],
  ["bailiwick_requests_waiting", "sum"],
  ["bailiwick_response_cache_bytes", "sum"],
  ["bailiwick_concurrency_limit", "sum"],
  // Larger is worse: a thread that has not heard of it yet hides nothing.
  ["bailiwick_breaker_state", "max"],
  ["bailiwick_model_circuit_state", "max"],
  ["bailiwick_endpoint_outlier", "max"],
  ["bailiwick_policy_refused", "max"],
  ["bailiwick_quorum_missing_seconds", "max"],
  ["bailiwick_clock_held", "max"],
  ["bailiwick_clock_difference_seconds", "max"],
  ["bailiwick_worm_behind_entries", "max"],
  ["bailiwick_worm_lag_seconds", "max"],
  // Of the whole cell, whoever says it.
  ["bailiwick_capacity", "max"],
  ["bailiwick_limit", "max"],
  ["bailiwick_limit_used", "max"],
  ["bailiwick_ledger_seal_silence_seconds", "max"],
  // These only grow, so whoever says more knows more.
  ["bailiwick_legal_events", "max"],
  ["bailiwick_ledger_size", "max"],
  ["bailiwick_ledger_dates_corrected", "max"],
  ["bailiwick_ledger_sealed_size", "max"],
  ["bailiwick_witness_cosigned_size", "max"],
  ["bailiwick_witness_cosignatures", "max"],
  ["bailiwick_worm_objects", "max"],
  // What was cosigned last is what somebody has heard of last.
  ["bailiwick_witness_cosigned_age_seconds", "min"],
  // 1 while all is well: one thread that says 0 is enough.
  ["bailiwick_keys_available", "min"],
  ["bailiwick_ledger_writable", "min"],
  ["bailiwick_worm_copying", "min"],
]);

export const mergedGauges: readonly string[] = [...merges.keys()];

/** A gauge that is not listed adds up. */
export function mergeOfGauge(name: string): GaugeMerge {
  return merges.get(name) ?? "sum";
}
