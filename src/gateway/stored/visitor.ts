// Who asks for what is stored: it sees the objects of its tenant, and of the subject that it names. All others are not there.
import type { FilePolicy } from "../../config/index.ts";
import type { Subject, SubjectKey } from "../../keys/index.ts";
import {
  ObjectDamagedError,
  type ObjectHead,
  ObjectUnavailableError,
  type StoredObjects,
} from "../../privacy/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { inTime } from "../exchange/in-time.ts";
import { identify } from "../identify/identify.ts";
import { admit } from "../stages/admit.ts";
import { subjectOf } from "../stages/subject.ts";

export interface Visitor {
  readonly caller: Caller;
  readonly subject: Subject;
  /** Handle of the tenant. */
  readonly tenant: string;
  readonly policy: FilePolicy;
}

export interface FoundObject {
  readonly head: ObjectHead;
  readonly key: SubjectKey;
  readonly about: unknown;
}

/** Lets the caller in. For a tenant whose policy lets nothing be stored there are no such paths' answers. */
export async function admitVisitor(exchange: Exchange): Promise<Visitor> {
  const caller = await identify(exchange);
  admit(exchange, caller);
  const { files: policy, id } = caller.tenant;
  if (policy === null) {
    throw new GatewayError(
      "caller_invalid_request",
      "this tenant may leave no files here; the policy's `files` allows it (docs/batches.md)",
    );
  }
  return {
    caller,
    subject: subjectOf(exchange, caller),
    tenant: exchange.cell.vault.tenantHandle(id),
    policy,
  };
}

/** Throws the same where it is another's, has expired, was erased, or never was. */
export async function findObject(
  exchange: Exchange,
  store: StoredObjects,
  { visitor, id }: { readonly visitor: Visitor; readonly id: string },
): Promise<FoundObject> {
  const head = await reachStore(exchange, store.find(visitor.tenant, id));
  const found = head && (await openObject(exchange, { visitor, head }, (key) => store.aboutOf(head, key)));
  if (!found) throw unknownObject();
  return found;
}

/** All that the visitor may see, the newest first. */
export async function listObjects(
  exchange: Exchange,
  store: StoredObjects,
  visitor: Visitor,
): Promise<readonly ObjectHead[]> {
  const heads = await reachStore(exchange, store.list(visitor.tenant));
  return heads
    .filter((head) => isVisible(exchange, visitor, head))
    .toSorted((left, right) => right.createdAtMs - left.createdAtMs || (left.id < right.id ? 1 : -1));
}

interface Listed {
  readonly visitor: Visitor;
  readonly head: ObjectHead;
}

/** In a list one that is damaged hides no other: it is passed over, and the log says so. */
export async function openListed(
  exchange: Exchange,
  store: StoredObjects,
  listed: Listed,
): Promise<FoundObject | null> {
  return openObject(exchange, listed, (key) =>
    store.aboutOf(listed.head, key).catch((error: unknown) => {
      if (!(error instanceof ObjectDamagedError)) throw error;
      logFault(exchange, error);
      return null;
    }),
  );
}

async function openObject(
  exchange: Exchange,
  { visitor, head }: Listed,
  aboutIn: (key: SubjectKey) => Promise<unknown>,
): Promise<FoundObject | null> {
  if (!isVisible(exchange, visitor, head)) return null;
  const key = await reachStore(exchange, exchange.cell.vault.keyAtPlace(head.place));
  if (key?.handle !== head.subject) return null;
  const about = await reachStore(exchange, aboutIn(key));
  return about === null ? null : { head, key, about };
}

function isVisible({ cell }: Exchange, { subject }: Visitor, head: ObjectHead): boolean {
  if (head.expiresAtMs <= cell.now()) return false;
  // The results of a batch are under the key of the month that it was submitted in.
  return cell.vault.placeOf(subject, Date.parse(`${head.place.month}-01`)).name === head.place.name;
}

/** What the store was asked for; a disk that fails, or does not answer, is one error for all. */
export async function reachStore<Value>(exchange: Exchange, work: Promise<Value>): Promise<Value> {
  try {
    return await inTime(exchange.cell, work, filesUnavailable);
  } catch (error) {
    if (!(error instanceof ObjectUnavailableError || error instanceof ObjectDamagedError)) throw error;
    logFault(exchange, error);
    throw filesUnavailable();
  }
}

function logFault({ cell }: Exchange, thrown: Error): void {
  cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
}

export function filesUnavailable(): GatewayError {
  return new GatewayError(
    "gateway_files_unavailable",
    "what callers store in this cell cannot be written or read now; try again later",
    { retryAfterMs: 10_000 },
  );
}

export function unknownObject(): GatewayError {
  return new GatewayError(
    "caller_unknown_file",
    "no such file or batch; it may have expired, or be another subject's: `bailiwick-subject` says whose it is",
  );
}
