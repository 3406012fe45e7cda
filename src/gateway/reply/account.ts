import type { OutcomeEntry } from "../../ledger/index.ts";
import { hitOf } from "./outcome.ts";
import { durationMs } from "./duration.ts";
import { listPlaces } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Progress } from "../exchange/served-request.ts";

/** Counts and logs an exchange that is over. */
export function account({ cell, arrival, progress, inForce }: Exchange): void {
  const { route, status, error, firstChunkAt, answering } = progress;
  if (route === "health" || route === "admin" || route === "witness") return;
  const endpoint = answering?.endpoint.id ?? null;
  const lastedMs = durationMs(arrival.startedAt, cell.monotonicNow());
  const firstChunkMs = firstChunkAt === null ? null : durationMs(arrival.startedAt, firstChunkAt);
  const result = resultOf(progress);
  const cache = hitOf(progress) ? "hit" : progress.cache === "miss" ? "miss" : "none";
  if (cache !== "none") cell.meters.cacheAsked(cache);
  cell.meters.finished({
    endpoint,
    region: answering ? listPlaces(answering.places) : cell.here.place,
    outcome: error ?? result,
    operation: progress.genAiName,
    model: progress.model,
    engine: endpoint && (inForce.policy.endpoints.get(endpoint)?.engine ?? null),
    durationMs: lastedMs,
    firstChunkMs,
    tokens: answering?.usage ?? null,
  });
  cell.log({
    event: "request_finished",
    cell: cell.cell,
    request: arrival.id,
    route,
    status: status ?? 0,
    error,
    result,
    endpoint,
    attempts: progress.attemptCount,
    hedges: progress.hedgeCount,
    cache,
    isStream: progress.isStream,
    isTaken: progress.isTaken,
    firstByteMs: firstChunkMs,
    durationMs: lastedMs,
  });
}

/** The word that the ledger has, where it has one: nothing derives it a second time. */
function resultOf({ decision, error, status }: Progress): OutcomeEntry["result"] {
  if (decision?.result) return decision.result;
  if (error === null) return status === null ? "aborted" : "complete";
  return status !== null && status < 500 ? "refused" : "failed";
}
