// One log, and several threads that append to it, on a real disk.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { decisionEntry, origin, outcomeEntry, requestId } from "../../../test/support/ledger-entries.ts";
import { testLedgerOptions, testNow } from "../../../test/support/test-ledger.ts";
import { openSigningKey, sha256, verifyEd25519 } from "../../keys/index.ts";
import { ed25519Type, encodeEntry, noteKey, parseEntry, verifyLog } from "../../ledger/index.ts";
import {
  type Ledger,
  LedgerUnavailableError,
  openLedger,
  openLentLedger,
  openLogDirectory,
} from "../index.ts";
import { ClientWords } from "./client-words.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-lent-"));
after(() => rmSync(root, { recursive: true }));
const none = { kind: "none" } as const;

test("several clients append to one log, each hears of its own entries, and all of them know its state", async (t) => {
  const directory = join(root, "several");
  const ledger = await openFor(t, directory);
  const first = ledger.state().size;
  const lent = [1, 2].map((slot) => ledger.lend(slot));
  const clients = lent.map(({ loan }) => openLentLedger(loan));
  const positions = await Promise.all(
    [ledger, ...clients].flatMap((client) =>
      Array.from({ length: 200 }, () => client.append(refusal(), none)),
    ),
  );
  const indexes = positions.map(({ index }) => index).toSorted((left, right) => left - right);
  assert.deepEqual(
    indexes,
    Array.from({ length: 600 }, (_, at) => first + at),
  );
  while (clients.some((client) => client.state().sealedSize < first + 600)) await pause(10);
  for (const client of clients) client.close();
  await Promise.all(lent.map(({ returned }) => returned));
  await ledger.close();
  assert.deepEqual(await problemsOf(directory), []);
});

test("what a client left open has the outcome unknown once it is gone, and what others have open goes on", async (t) => {
  const directory = join(root, "left");
  const ledger = await openFor(t, directory);
  const { loan, returned } = ledger.lend(1);
  const client = openLentLedger(loan);
  const [left, ended, others] = [1, 2, 3].map((number) => requestId(number));
  assert.ok(left !== undefined && ended !== undefined && others !== undefined);
  await client.append(decision(1), { kind: "opens", rid: left });
  const { index } = await client.append(decision(2), { kind: "opens", rid: ended });
  await client.append(outcome(2, index), { kind: "closes", rid: ended });
  const kept = await ledger.append(decision(3), { kind: "opens", rid: others });
  client.close();
  await returned;
  // A second outcome would be refused: `undecided`.
  await assert.rejects(ledger.append(outcome(1, 1), { kind: "closes", rid: left }), LedgerUnavailableError);
  await ledger.append(outcome(3, kept.index), { kind: "closes", rid: others });
  await ledger.close();
  assert.deepEqual(await problemsOf(directory), []);
  assert.deepEqual(await outcomesOf(directory), ["complete", "unknown", "complete"]);
});

test("a thread that is ended in the middle of its appends leaves no decision without an outcome", async (t) => {
  const directory = join(root, "ended");
  const ledger = await openFor(t, directory);
  const { loan, returned } = ledger.lend(1);
  const worker = new Worker(new URL("../../../test/support/append-until-ended.ts", import.meta.url), {
    workerData: { loan, now: testNow() },
    transferList: [loan.port],
  });
  // So many decisions have been acknowledged, and more are on their way.
  const [acknowledged] = (await once(worker, "message")) as [number];
  await worker.terminate();
  await returned;
  await ledger.close();
  const results = await outcomesOf(directory);
  assert.ok(results.length >= acknowledged, `${results.length} of ${acknowledged}`);
  assert.ok(results.every((result) => result === "unknown"));
  assert.deepEqual(await problemsOf(directory), []);
});

test("a client of a log that was closed says so", async (t) => {
  const ledger = await openFor(t, join(root, "closed"));
  const client = openLentLedger(ledger.lend(1).loan);
  await ledger.close();
  while (client.state().isWritable) await pause(5);
  assert.equal(client.state().reason, "closed");
  await assert.rejects(client.append(refusal(), none), LedgerUnavailableError);
  await assert.rejects(ledger.lend(2).returned, LedgerUnavailableError);
});

test("a disk that one client waits for is no disk that another may write to", async (t) => {
  const ledger = await openFor(t, join(root, "silent"));
  const { loan } = ledger.lend(1);
  const client = openLentLedger(loan);
  const words = new ClientWords(loan.words);
  words.write(2, { silenceMs: 10_000, pendingCount: 7 });
  while (ledger.state().isWritable || client.state().isWritable) await pause(20);
  assert.equal(ledger.state().pendingCount, 7);
  words.write(2, { silenceMs: 0, pendingCount: 0 });
  while (!ledger.state().isWritable || !client.state().isWritable) await pause(20);
  client.close();
});

function refusal(): Uint8Array {
  return encodeEntry({ ...decisionEntry(1), ts: testNow(), verdict: "refuse", error: "caller_rate_limited" });
}

function decision(number: number): Uint8Array {
  return encodeEntry({ ...decisionEntry(number), ts: testNow() });
}

function outcome(number: number, index: number): Uint8Array {
  return encodeEntry({ ...outcomeEntry(number + 100, index, requestId(number)), ts: testNow() });
}

async function openFor(t: TestContext, directory: string): Promise<Ledger> {
  const ledger = await openLedger(testLedgerOptions(directory));
  t.after(() => ledger.close().catch(() => {}));
  return ledger;
}

/** In the order of the log. */
async function outcomesOf(directory: string): Promise<readonly string[]> {
  const [log] = await openLogDirectory(join(directory, "ledger"));
  assert.ok(log);
  const results: string[] = [];
  const size = (await log.readCheckpoint())?.size ?? 0;
  for (let index = 0; index < size; index++) {
    const entry = parseEntry(await log.readEntry(index));
    if (entry.ok && entry.value.t === "outcome") results.push(entry.value.result);
  }
  return results;
}

async function problemsOf(directory: string): Promise<readonly unknown[]> {
  const { publicKey } = openSigningKey(join(directory, "keys", "log", "2026-11.pem"));
  const key = noteKey(sha256, { name: origin, type: ed25519Type, publicKey });
  const [log] = await openLogDirectory(join(directory, "ledger"));
  assert.ok(log);
  const trust = { logs: [key], witnesses: [], quorum: { kind: "none" } } as const;
  const { problems, openDecisionCount } = await verifyLog({
    reader: log.reader,
    trust,
    sha256,
    verifyEd25519,
  });
  assert.equal(openDecisionCount, 0);
  return problems;
}
