// What is measured of how much endpoints are given. Part of meters.ts, with the same owner.
import type { CellId, ModelAlias } from "../../base/index.ts";
import type { Metrics } from "../../telemetry/index.ts";

export interface LoadMeters {
  /** One more attempt of a request of the model was made, or withheld for want of budget. */
  retry(model: ModelAlias, fate: "made" | "withheld"): void;
}

export function loadMeters(metrics: Metrics, cell: CellId): LoadMeters {
  const retries = metrics.counter(
    "bailiwick_retries_total",
    "Attempts after the first of a request, by whether the budget of its model let them be made.",
  );
  return { retry: (model, fate) => retries.add({ cell, model, fate }) };
}
