import { listPlaces } from "../exchange/cell-services.ts";
import type { ServedRequest } from "../exchange/served-request.ts";
import type { CacheHit } from "../exchange/served-request.ts";
import { hitOf } from "./outcome.ts";
import { crossOriginHeaders } from "./cross-origin.ts";

/** What every answer says of its way (DESIGN §3), as far as it went: errors and streams too. */
export function answerHeaders(exchange: ServedRequest): Record<string, string> {
  const { cell, arrival, progress, policy, head } = exchange;
  const { answering, ledger, cache } = progress;
  const headers: Record<string, string> = {
    "bailiwick-request-id": arrival.id,
    // The one by which SDKs show a request.
    "x-request-id": arrival.id,
    "bailiwick-cell": cell.cell,
    "bailiwick-policy": policy.law.hash,
  };
  if (answering) {
    headers["bailiwick-endpoint"] = answering.endpoint.id;
    headers["bailiwick-region"] = listPlaces(answering.places);
    if (answering.shown) headers["bailiwick-evidence"] = answering.shown.grade;
  }
  const hit = hitOf(progress);
  if (cache === "miss") headers["bailiwick-cache"] = cache;
  else if (hit) Object.assign(headers, hitHeaders(hit));
  if (ledger !== null) headers["bailiwick-ledger"] = ledger;
  if (cell.corsOrigins.length > 0) Object.assign(headers, crossOriginHeaders(head, cell.corsOrigins));
  return headers;
}

/** Who had computed it, and where, and for how long it has been kept (RFC 9111 §5.1). */
function hitHeaders({ cached, ageMs }: CacheHit): Readonly<Record<string, string>> {
  const { endpoint, evidence, allowed } = cached;
  const shown = evidence?.places ?? [];
  return {
    "bailiwick-cache": "hit",
    age: String(Math.floor(ageMs / 1_000)),
    "bailiwick-endpoint": endpoint,
    "bailiwick-region": listPlaces(shown.length > 0 ? shown : allowed),
    ...(evidence && { "bailiwick-evidence": evidence.grade }),
  };
}
