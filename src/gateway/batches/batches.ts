// `/v1/batches`: what a caller can do with one. Who runs them finds them on disk, in whichever thread they were submitted.
import { toHex } from "../../base/index.ts";
import type { BatchPolicy } from "../../config/index.ts";
import type { ObjectHead } from "../../privacy/index.ts";
import { type BatchWish, formatBatch, formatBatchList, readBatchWish } from "../../wire/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { writeAnswer } from "../reply/write-answer.ts";
import { claimsOfRequest } from "../stages/admit-caller.ts";
import type { FileAbout } from "../stored/file-about.ts";
import { decideToKeep, type KeepDecision, withClaims } from "../stored/keep-decision.ts";
import { type BegunObject, keepWhole } from "../stored/keep-whole.ts";
import { askedId, from, readPageWish } from "../stored/page.ts";
import { requireRoom } from "../stored/storage-room.ts";
import {
  admitVisitor,
  findObject,
  listObjects,
  openListed,
  reachStore,
  type Visitor,
} from "../stored/visitor.ts";
import { type BatchAbout, batchView, cancelNote, openNote } from "./batch-about.ts";

const headers = { "content-type": "application/json" };
const maxBodyBytes = 64 * 1024;
/** `24h`, the one window that there is. */
const windowMs = 24 * 60 * 60 * 1_000;

/** Decided here as a use of the file, and again at each line as a request of its own. */
export async function submitBatch(exchange: Exchange): Promise<void> {
  const visitor = await admitVisitor(exchange);
  const policy = batchPolicyOf(visitor);
  const body = await exchange.arrival.channel.body(maxBodyBytes, exchange);
  const wish = readBatchWish(body);
  if (!wish.ok) throw invalid(wish.error.message, wish.error.param);
  const claims = await inputClaims(exchange, visitor, wish.value);
  await requireTurn(exchange, visitor, policy);
  await requireRoom(exchange, visitor, { what: "batch", bytes: body.length });
  const asked = { ...visitor, caller: withClaims(visitor.caller, claims) };
  const decided = await decideToKeep(exchange, { ...asked, body });
  const submitted = await keepBatch(exchange, asked, { wish: wish.value, decided });
  await writeAnswer(exchange, { status: 200, headers, body: submitted });
}

export async function listBatches(exchange: Exchange): Promise<void> {
  const visitor = await admitVisitor(exchange);
  const wish = readPageWish(exchange.head);
  const heads = from(await listObjects(exchange, exchange.cell.batches, visitor), wish);
  const views = [];
  for (const head of heads) {
    if (views.length > wish.limit) break;
    const found = await openListed(exchange, exchange.cell.batches, { visitor, head });
    if (found) views.push(await viewOf(exchange, head, found.about as BatchAbout));
  }
  const body = formatBatchList(views.slice(0, wish.limit), views.length > wish.limit);
  await writeAnswer(exchange, { status: 200, headers, body });
}

export async function showBatch(exchange: Exchange): Promise<void> {
  const { head, about } = await findBatch(exchange);
  const body = formatBatch(await viewOf(exchange, head, about));
  await writeAnswer(exchange, { status: 200, headers, body });
}

/** What is under way is let end; one that is over stays as it is. */
export async function cancelBatch(exchange: Exchange): Promise<void> {
  const { head, about } = await findBatch(exchange);
  const { batches } = exchange.cell;
  if (about.end === null) await reachStore(exchange, batches.note(head, cancelNote, ""));
  exchange.cell.batchNews.tell();
  const body = formatBatch(await viewOf(exchange, head, about));
  await writeAnswer(exchange, { status: 200, headers, body });
}

async function findBatch(
  exchange: Exchange,
): Promise<{ readonly head: ObjectHead; readonly about: BatchAbout }> {
  const visitor = await admitVisitor(exchange);
  const { batches } = exchange.cell;
  const { head, about } = await findObject(exchange, batches, { visitor, id: askedId(exchange.head) });
  return { head, about: about as BatchAbout };
}

async function viewOf(
  exchange: Exchange,
  head: ObjectHead,
  about: BatchAbout,
): Promise<ReturnType<typeof batchView>> {
  const cancelled = await reachStore(exchange, exchange.cell.batches.noted(head, cancelNote));
  return batchView(head, about, cancelled !== null);
}

function batchPolicyOf({ policy }: Visitor): BatchPolicy {
  if (policy.batches !== null) return policy.batches;
  throw invalid("this tenant runs no batches here; the policy's `files: { batches: … }` allows it", null);
}

async function inputClaims(
  exchange: Exchange,
  visitor: Visitor,
  { inputFileId: id }: BatchWish,
): Promise<FileAbout["claims"]> {
  const { about } = await findObject(exchange, exchange.cell.files, { visitor, id });
  const { purpose, claims } = about as FileAbout;
  if (purpose === "batch") return claims;
  throw invalid(
    "`input_file_id`: expected a file that was uploaded with the purpose `batch`",
    "input_file_id",
  );
}

async function requireTurn(exchange: Exchange, visitor: Visitor, { maxOpen }: BatchPolicy): Promise<void> {
  const { batches } = exchange.cell;
  const heads = await reachStore(exchange, batches.list(visitor.tenant));
  let openCount = 0;
  // One after another: there may be many, and each look has a descriptor.
  for (const head of heads)
    if ((await reachStore(exchange, batches.noted(head, openNote))) !== null) openCount++;
  if (openCount >= maxOpen) {
    const message = `${maxOpen} batches of the tenant wait or run; submit it again when one of them is over`;
    throw new GatewayError("caller_storage_full", message);
  }
}

async function keepBatch(
  exchange: Exchange,
  visitor: Visitor,
  { wish, decided }: { readonly wish: BatchWish; readonly decided: KeepDecision },
): Promise<string> {
  const { cell, arrival } = exchange;
  const { batches: store } = cell;
  const { key } = decided;
  const { caller, subject, tenant, policy } = visitor;
  const head = {
    id: `batch_${toHex(cell.randomBytes(16))}`,
    tenant,
    subject: key.handle,
    place: cell.vault.placeOf(subject, arrival.receivedAtMs),
    createdAtMs: arrival.receivedAtMs,
    expiresAtMs: arrival.receivedAtMs + windowMs + policy.keepMs,
  };
  const about = newBatch(exchange, { head, wish, visitor: { ...visitor, caller } });
  const begin = async (): Promise<BegunObject> => {
    await store.makeRoom(head);
    await store.note(head, openNote, "");
    return { write: () => store.describe(head, key, about), close: () => Promise.resolve() };
  };
  await keepWhole(exchange, { store, head, decided, begin });
  cell.batchNews.tell();
  return formatBatch(batchView(head, about, false));
}

interface NewBatch {
  readonly head: ObjectHead;
  readonly wish: BatchWish;
  readonly visitor: Visitor;
}

function newBatch(exchange: Exchange, { head, wish, visitor: { caller, subject } }: NewBatch): BatchAbout {
  const { randomBytes } = exchange.cell;
  const newResult = (): { id: string; bytes: null } => ({
    id: `file-${toHex(randomBytes(16))}`,
    bytes: null,
  });
  const { tenant, credentials } = caller;
  return {
    ...wish,
    submitter: { tenant: tenant.id, credentials, claims: claimsOfRequest(exchange, caller) },
    person: subject.person,
    dueAtMs: head.createdAtMs + windowMs,
    status: "validating",
    since: { validating: head.createdAtMs },
    errors: [],
    counts: { total: 0, completed: 0, failed: 0 },
    lineCount: 0,
    results: { output: newResult(), errors: newResult() },
    end: null,
  };
}

function invalid(message: string, param: string | null): GatewayError {
  return new GatewayError("caller_invalid_request", message, param === null ? {} : { param });
}
