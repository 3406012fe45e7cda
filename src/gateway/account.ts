import type { Exchange } from "./exchange.ts";
import { listPlaces } from "./cell-context.ts";

/** Counts and logs an exchange that is over. */
export function account({ cell, arrival, receipt, progress }: Exchange): void {
  const { route, status, error, firstChunkAtMs } = progress;
  if (route === "health" || route === "witness") return;
  if (route === "admin") {
    cell.log({ event: "admin_request", cell: cell.cell, request: arrival.id, status: status ?? 0 });
    return;
  }
  const durationMs = cell.now() - arrival.receivedAtMs;
  const firstChunkMs = firstChunkAtMs === null ? null : firstChunkAtMs - arrival.receivedAtMs;
  cell.meters.finished({
    endpoint: receipt.endpoint,
    region: receipt.places.length > 0 ? listPlaces(receipt.places) : cell.here.place,
    outcome: error ?? (status === null ? "aborted" : "complete"),
    model: progress.model,
    engine: receipt.endpoint && (cell.policy.endpoints.get(receipt.endpoint)?.engine ?? null),
    durationMs,
    firstChunkMs,
    tokens: progress.tokens,
  });
  cell.log({
    event: "request_finished",
    cell: cell.cell,
    request: arrival.id,
    route,
    status: status ?? 0,
    error,
    endpoint: receipt.endpoint,
    attempts: progress.attempts.length,
    isStream: progress.isStream,
    firstByteMs: firstChunkMs,
    durationMs,
  });
}
