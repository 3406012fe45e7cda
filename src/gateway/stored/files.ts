// `/v1/files`, but for the upload.
import { encodeUtf8 } from "../../base/index.ts";
import type { ObjectHead } from "../../privacy/index.ts";
import { formatFile, formatFileDeleted, formatFileList } from "../../wire/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { openFile, writeAnswer } from "../reply/write-answer.ts";
import { type FileAbout, fileView } from "./file-about.ts";
import { decideToKeep, holdingNow, type KeepDecision, recordDone, withClaims } from "./keep-decision.ts";
import { askedId, from, readPageWish } from "./page.ts";
import {
  admitVisitor,
  type FoundObject,
  findObject,
  listObjects,
  openListed,
  reachStore,
  type Visitor,
} from "./visitor.ts";

const headers = { "content-type": "application/json" };

export async function listFiles(exchange: Exchange): Promise<void> {
  const visitor = await admitVisitor(exchange);
  const wish = readPageWish(exchange.head);
  const heads = from(await listObjects(exchange, exchange.cell.files, visitor), wish);
  const views = await pageOf(exchange, { visitor, heads, limit: wish.limit + 1, purpose: wish.purpose });
  const body = formatFileList(views.slice(0, wish.limit), views.length > wish.limit);
  await writeAnswer(exchange, { status: 200, headers, body });
}

interface Page {
  readonly visitor: Visitor;
  readonly heads: readonly ObjectHead[];
  readonly limit: number;
  readonly purpose: string | null;
}

async function pageOf(
  exchange: Exchange,
  { visitor, heads, limit, purpose }: Page,
): Promise<readonly ReturnType<typeof fileView>[]> {
  const views = [];
  for (const head of heads) {
    if (views.length === limit) break;
    const found = await openListed(exchange, exchange.cell.files, { visitor, head });
    const view = found && fileView(head, found.about as FileAbout);
    if (view && (purpose === null || view.purpose === purpose)) views.push(view);
  }
  return views;
}

export async function showFile(exchange: Exchange): Promise<void> {
  const { head, about } = await findFile(exchange, await admitVisitor(exchange));
  await writeAnswer(exchange, { status: 200, headers, body: formatFile(fileView(head, about)) });
}

/** The tenant's own act: no law keeps what it does not want kept, and what was done with it is on record. */
export async function deleteFile(exchange: Exchange): Promise<void> {
  const { head } = await findFile(exchange, await admitVisitor(exchange));
  await reachStore(exchange, exchange.cell.files.remove(head));
  await writeAnswer(exchange, { status: 200, headers, body: formatFileDeleted(head.id) });
}

/** Decided by the law of now, on all that is claimed of it now and was when it was left here. */
export async function giveFile(exchange: Exchange): Promise<void> {
  const visitor = await admitVisitor(exchange);
  const found = await findFile(exchange, visitor);
  const { subject } = visitor;
  const caller = withClaims(visitor.caller, found.about.claims);
  const decided = await decideToKeep(exchange, { caller, subject, body: encodeUtf8(found.head.id) });
  await giveContent(exchange, { visitor, found, decided });
}

interface Gift {
  readonly visitor: Visitor;
  readonly found: FoundObject;
  readonly decided: KeepDecision;
}

/** Piece by piece, at the caller's pace. Its end waits for the outcome; where it cannot be read on, the connection ends. */
async function giveContent(exchange: Exchange, { visitor, found, decided }: Gift): Promise<void> {
  const pieces = exchange.cell.files.read(found.head, found.key);
  try {
    // Whether it can be read at all is known before anything is said.
    const first = await reachStore(exchange, pieces.next());
    // Behind the waits for ledger and file: it may have ended, or been deleted or erased, and the law be another.
    const { decision } = await holdingNow(exchange, decided, () => findFile(exchange, visitor));
    const sink = openFile(exchange);
    for (let piece = first; !piece.done; piece = await reachStore(exchange, pieces.next())) {
      await decision.commit(piece.value);
      await sink.write(piece.value);
    }
    await recordDone(exchange, decision);
    exchange.throwIfStopped();
    exchange.progress.isTaken = await sink.end("");
  } finally {
    // Closes the file, wherever it broke off; not waited for, since it comes behind a read that may hang.
    pieces.return().catch(() => undefined);
  }
}

async function findFile(
  exchange: Exchange,
  visitor: Visitor,
): Promise<FoundObject & { readonly about: FileAbout }> {
  const found = await findObject(exchange, exchange.cell.files, { visitor, id: askedId(exchange.head) });
  return { ...found, about: found.about as FileAbout };
}
