import { listPlaces } from "../exchange/cell-services.ts";
import type { ServedRequest } from "../exchange/served-request.ts";
import { crossOriginHeaders } from "./cross-origin.ts";

/** What every answer says of its way (DESIGN §3), as far as it went: errors and streams too. */
export function answerHeaders(exchange: ServedRequest): Readonly<Record<string, string>> {
  const { cell, arrival, progress, policy, head } = exchange;
  const { answering, ledger } = progress;
  return {
    ...crossOriginHeaders(head, cell.corsOrigins),
    "bailiwick-request-id": arrival.id,
    // The one by which SDKs show a request.
    "x-request-id": arrival.id,
    "bailiwick-cell": cell.cell,
    "bailiwick-policy": policy.law.hash,
    ...(answering && {
      "bailiwick-endpoint": answering.endpoint.id,
      "bailiwick-region": listPlaces(answering.places),
    }),
    ...(answering?.evidence && { "bailiwick-evidence": answering.evidence.evidenceClass }),
    ...(ledger === null ? {} : { "bailiwick-ledger": ledger }),
  };
}
