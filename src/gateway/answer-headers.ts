import { listPlaces } from "./cell-context.ts";
import type { Exchange } from "./exchange.ts";

/** What every answer says of its way (DESIGN §3), as far as it went: errors and streams too. */
export function answerHeaders({ cell, arrival, receipt }: Exchange): Readonly<Record<string, string>> {
  const { endpoint, places, evidence, ledger } = receipt;
  return {
    "bailiwick-request-id": arrival.id,
    "bailiwick-cell": cell.cell,
    "bailiwick-policy": cell.policy.law.hash,
    ...(endpoint === null ? {} : { "bailiwick-endpoint": endpoint, "bailiwick-region": listPlaces(places) }),
    ...(evidence === null ? {} : { "bailiwick-evidence": evidence }),
    ...(ledger === null ? {} : { "bailiwick-ledger": ledger }),
  };
}
