// What is measured of how much endpoints are given. Part of meters.ts, with the same owner.
import type { CellId, EndpointId, ModelAlias } from "../../base/index.ts";
import type { Metrics } from "../../telemetry/index.ts";

/** Who had the answer: the second one, or the first; `failed`: nobody. `withheld`: there was no budget or limit for it. */
export type HedgeFate = "won" | "lost" | "failed" | "withheld";

export interface LoadMeters {
  /** One more attempt of a request of the model was made, or withheld for want of budget. */
  retry(model: ModelAlias, fate: "made" | "withheld"): void;
  /** One more endpoint was to be asked beside one that had not begun to answer. */
  hedge(model: ModelAlias, fate: HedgeFate): void;
  /** How many requests of the model the endpoint is given at once; infinite while there is no limit. */
  concurrencyLimit(endpoint: EndpointId, model: ModelAlias, most: number): void;
  /** It does clearly worse than the others that serve the model, or does not any more. */
  outlier(endpoint: EndpointId, model: ModelAlias, isOne: boolean): void;
  waiting(count: number): void;
  /** A request of the model waited for room, or was not let in for want of room or time, or ended meanwhile. */
  waited(model: ModelAlias, fate: "served" | "refused" | "left"): void;
}

export function loadMeters(metrics: Metrics, cell: CellId): LoadMeters {
  const retries = metrics.counter(
    "bailiwick_retries_total",
    "Attempts after the first of a request, by whether the budget of its model let them be made.",
  );
  const hedges = metrics.counter(
    "bailiwick_hedges_total",
    "Second attempts beside first ones that were slow to answer, by which of them had the answer, or withheld ones.",
  );
  const limits = metrics.gauge(
    "bailiwick_concurrency_limit",
    "Requests of a model that an endpoint is given at once, once it has shown a limit.",
  );
  const outliers = metrics.gauge(
    "bailiwick_endpoint_outlier",
    "1 while an endpoint does clearly worse for a model than the others, and is asked after its equals.",
  );
  const waiting = metrics
    .gauge("bailiwick_requests_waiting", "Requests that wait for room at an endpoint.")
    .of({ cell });
  const waits = metrics.counter(
    "bailiwick_waits_total",
    "Requests that found no room, by whether they were served after a wait, refused, or left.",
  );
  return {
    retry: (model, fate) => retries.add({ cell, model, fate }),
    hedge: (model, fate) => hedges.add({ cell, model, fate }),
    concurrencyLimit: (endpoint, model, most) => limits.set({ cell, endpoint, model }, most),
    outlier: (endpoint, model, isOne) => outliers.set({ cell, endpoint, model }, isOne ? 1 : 0),
    waiting: (count) => waiting.set(count),
    waited: (model, fate) => waits.add({ cell, model, fate }),
  };
}
