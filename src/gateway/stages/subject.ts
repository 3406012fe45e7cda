import type { InstantMs } from "../../base/index.ts";
import { KeyRefusedError, KeysUnavailableError, type Subject, type SubjectKey } from "../../keys/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Soon } from "../exchange/channel.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { inTime } from "../exchange/in-time.ts";
import { maxPersonLength, personPattern } from "../../privacy/index.ts";
import { headerOf } from "../exchange/request-headers.ts";
import { invalidSignal } from "../identify/signal-list.ts";

const header = "bailiwick-subject";

/**
 * In whose name the request is recorded: the person's whom the header names, or else the tenant's own. INVARIANT: the
 * name goes no further than to the vault, which finds the key by an HMAC of it.
 */
export function subjectOf({ head }: Exchange, { tenant }: Caller): Subject {
  const person = headerOf(head, header);
  if (person !== null && !personPattern.test(person)) {
    throw invalidSignal(header, `expected 1 to ${maxPersonLength} printable ASCII characters`);
  }
  return { tenant: tenant.id, person };
}

/** All requests of one subject in one month are recorded under one key, made when the first of them is. */
export function subjectKey({ cell, arrival }: Exchange, subject: Subject): Soon<SubjectKey> {
  const atHand = cell.vault.keyAtHand(subject, arrival.receivedAtMs);
  return atHand ?? keyInTime(cell, cell.vault.subjectKey(subject, arrival.receivedAtMs));
}

/**
 * For a refusal from headers alone, which commits to nothing of the request. Whoever has no key yet gets none for it, and
 * the tenant's own stands for them: else a caller could fill the vault with keys of people of whom nothing is recorded.
 */
export async function refusalKey(exchange: Exchange, subject: Subject): Promise<SubjectKey> {
  const { cell, arrival } = exchange;
  const known = await keyInTime(cell, cell.vault.knownKey(subject, arrival.receivedAtMs));
  return known ?? subjectKey(exchange, { ...subject, person: null });
}

/** That of an earlier month; null where there is none, or none any more. */
export function keyOfMonth(
  { cell }: Exchange,
  subject: Subject,
  atMs: InstantMs,
): Promise<SubjectKey | null> {
  return keyInTime(cell, cell.vault.knownKey(subject, atMs));
}

/** It was erased where it does not, and may have another since. */
export async function stillHasKey(
  { cell, arrival }: Exchange,
  subject: Subject,
  { handle }: Pick<SubjectKey, "handle">,
): Promise<boolean> {
  const known = await keyInTime(cell, cell.vault.knownKey(subject, arrival.receivedAtMs));
  return known?.handle === handle;
}

async function keyInTime<Key>(cell: CellServices, key: Promise<Key>): Promise<Key> {
  try {
    return await inTime(cell, key, () => keysUnavailable(cell));
  } catch (error) {
    if (error instanceof KeysUnavailableError || error instanceof KeyRefusedError)
      throw keysUnavailable(cell);
    throw error;
  }
}

/** Whoever's key is in memory goes on; this request's is not. */
function keysUnavailable(cell: CellServices): GatewayError {
  cell.keysUnavailable();
  cell.alarm("keys_unavailable");
  return new GatewayError(
    "gateway_keys_unavailable",
    "the key that this request must be recorded under cannot be had now, so nothing was sent",
    { retryAfterMs: 5_000 },
  );
}
