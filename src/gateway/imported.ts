import type { CellContext } from "./cell-context.ts";
import type { Exchange } from "./exchange.ts";
import { headerOf, transferHeader } from "./request-headers.ts";
import type { PermittedEndpoint } from "../law/index.ts";

/** The id of the transfer by which another cell sent the request here; null for one that came from a caller. */
export function importedAs({ arrival }: Pick<Exchange, "arrival">): string | null {
  return headerOf(arrival.request, transferHeader);
}

/** A request goes from cell to cell once: two that are each other's peers would otherwise pass it on for ever. */
export function mayAnswer(exchange: Exchange, { id }: PermittedEndpoint): boolean {
  return importedAs(exchange) === null || !isPeer(exchange.cell, id);
}

function isPeer({ policy }: CellContext, id: PermittedEndpoint["id"]): boolean {
  return (policy.endpoints.get(id)?.peer ?? null) !== null;
}
