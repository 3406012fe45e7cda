import type { PermittedEndpoint } from "../../law/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { headerOf, transferHeader } from "../exchange/request-headers.ts";

/**
 * What is recorded as received from another cell decides whether both logs verify (docs/decisions/0036), so nobody but
 * another cell may say it. Throws for everybody else, before anything is decided.
 */
export function checkTransfer({ head }: Pick<Exchange, "head">, { peer }: Caller): void {
  if (headerOf(head, transferHeader) === null || peer !== null) return;
  throw new GatewayError(
    "caller_invalid_signal",
    `header \`${transferHeader}\`: only another cell may announce a transfer, under a key that the policy marks as its \`peer\`; leave it out`,
    { param: transferHeader },
  );
}

/** The id of the transfer by which another cell sent the request here; null for one that came from a caller. */
export function importedAs({ head }: Pick<Exchange, "head">, { peer }: Caller): string | null {
  return peer === null ? null : headerOf(head, transferHeader);
}

/** A request goes from cell to cell once: two that are each other's peers would otherwise pass it on for ever. */
export function mayAnswer({ inForce }: Exchange, { peer }: Caller, { id }: PermittedEndpoint): boolean {
  return peer === null || (inForce.policy.endpoints.get(id)?.peer ?? null) === null;
}
