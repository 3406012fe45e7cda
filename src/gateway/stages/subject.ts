import { KeyRefusedError, KeysUnavailableError, type SubjectKey } from "../../keys/index.ts";
import type { Caller } from "../caller.ts";
import type { CellContext } from "../cell-context.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { noteKeys } from "../key-watch.ts";
import { maxPersonLength, personPattern } from "../person.ts";
import { headerOf } from "../request-headers.ts";
import { invalidSignal } from "../signal-list.ts";

const header = "bailiwick-subject";

/**
 * In whose name the request is recorded: the person's whom the header names, or else the tenant's own; all of one month
 * under one key. INVARIANT: the name goes no further than here; the vault finds the key by an HMAC of it.
 */
export async function subjectKey({ cell, arrival }: Exchange, { tenant }: Caller): Promise<SubjectKey> {
  const person = headerOf(arrival.request, header);
  if (person !== null && !personPattern.test(person)) {
    throw invalidSignal(header, `expected 1 to ${maxPersonLength} printable ASCII characters`);
  }
  try {
    return await cell.vault.subjectKey({ tenant: tenant.id, person }, arrival.receivedAtMs);
  } catch (error) {
    if (error instanceof KeysUnavailableError || error instanceof KeyRefusedError)
      throw keysUnavailable(cell);
    throw error;
  }
}

/** Whoever's key is in memory goes on; this request's is not. */
function keysUnavailable(cell: CellContext): GatewayError {
  noteKeys(cell, false);
  cell.meters.alarm("keys_unavailable");
  cell.log({ event: "alarm", cell: cell.cell, alarm: "keys_unavailable" });
  return new GatewayError(
    "gateway_keys_unavailable",
    "the key that this request must be recorded under cannot be had now, so nothing was sent",
    { retryAfterMs: 5_000 },
  );
}
