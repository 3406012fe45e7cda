import { GatewayError } from "./gateway-error.ts";

/** The error for a log that does not take an entry. */
export function ledgerUnavailable(): GatewayError {
  return new GatewayError("gateway_ledger_unavailable", "the ledger cannot write, so nothing may be sent");
}
