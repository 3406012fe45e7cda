// The ledger on its thread, on a real disk.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { decisionEntry, origin, outcomeEntry, requestId } from "../../../test/support/ledger-entries.ts";
import { testLedgerOptions, testNow } from "../../../test/support/test-ledger.ts";
import { openSigningKey, sha256, verifyEd25519 } from "../../keys/index.ts";
import { ed25519Type, encodeEntry, type LogReport, noteKey, verifyLog } from "../../ledger/index.ts";
import {
  type Ledger,
  LedgerUnavailableError,
  openLedger,
  openLogDirectory,
  type PublishedLog,
} from "../index.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-ledger-"));
after(() => rmSync(root, { recursive: true }));
const none = { kind: "none" } as const;

test("appends get their indexes in the order of the calls, and a closed ledger verifies", async (t) => {
  const directory = join(root, "order");
  const ledger = await openFor(t, directory);
  assert.equal(ledger.origin, origin);
  const first = ledger.state().size;
  const positions = await Promise.all(Array.from({ length: 1000 }, () => ledger.append(refusal(), none)));
  assert.deepEqual(
    positions,
    Array.from({ length: 1000 }, (_, order) => ({ origin, index: first + order })),
  );
  await ledger.close();
  const size = first + 1000;
  const { clock, ...state } = ledger.state();
  assert.deepEqual([clock.reading, clock.isHeld], ["agreed", false]);
  assert.deepEqual(state, {
    isWritable: false,
    reason: "closed",
    size,
    sealedSize: size,
    pendingCount: 0,
    sealSilenceMs: 0,
    quorumMissingSinceMs: null,
    witnesses: [],
  });
  assert.equal(await reasonOf(ledger.append(refusal(), none)), "closed");
  assert.deepEqual((await verify(directory)).problems, []);
});

test("closing waits for the appends that were made before", async (t) => {
  const directory = join(root, "closing");
  const ledger = await openFor(t, directory);
  const appended = Array.from({ length: 500 }, () => ledger.append(refusal(), none));
  await Promise.all([...appended, ledger.close()]);
  assert.equal((await verify(directory)).entryCount, ledger.state().size);
});

test("a ledger that grows is sealed without being asked", async (t) => {
  const directory = join(root, "sealing");
  const ledger = await openFor(t, directory);
  const { index } = await ledger.append(refusal(), none);
  while (ledger.state().sealedSize <= index) await new Promise((resolve) => setImmediate(resolve));
  assert.ok((await verify(directory)).entryCount > index);
  await ledger.close();
});

test("when the month ends while it runs, a ledger goes on in the next log, and the old one's key is gone", async (t) => {
  const directory = join(root, "rotated");
  // Long enough for a busy machine to open the log in November.
  const offsetMs = Date.UTC(2026, 11, 1) - 4000 - Date.now();
  const now = (): number => Date.now() + offsetMs;
  const ledger = await openLedger({ ...testLedgerOptions(directory), now });
  t.after(() => ledger.close().catch(() => {}));
  const rid = requestId(1);
  const decided = await ledger.append(encodeEntry({ ...decisionEntry(1), ts: now() }), {
    kind: "opens",
    rid,
  });
  assert.equal(decided.origin, origin);
  while (ledger.origin === origin) await new Promise((resolve) => setImmediate(resolve));
  const december = ledger.verifierKey;
  assert.equal(december.name, origin.replace("2026-11", "2026-12"));
  const outcome = encodeEntry({ ...outcomeEntry(2, decided.index, rid), ts: now() });
  const [first, closing] = await Promise.all([
    ledger.append(encodeEntry({ ...decisionEntry(3), verdict: "refuse", error: "x", ts: now() }), none),
    ledger.append(outcome, { kind: "closes", rid }),
  ]);
  assert.deepEqual([first.origin, first.index], [december.name, 1]);
  assert.deepEqual([closing.origin, closing.index], [origin, decided.index + 1]);
  assert.equal(await reasonOf(ledger.append(outcome, { kind: "closes", rid })), "undecided");
  await ledger.close();
  assert.deepEqual(readdirSync(join(directory, "keys", "log")), ["2026-12.pem"]);
  const trust = { logs: [december], witnesses: [], quorum: { kind: "none" } } as const;
  const [, log] = await openLogDirectory(join(directory, "ledger"));
  assert.ok(log);
  const { problems, entryCount } = await verifyLog({ reader: log.reader, trust, sha256, verifyEd25519 });
  assert.deepEqual(problems, []);
  assert.equal(entryCount, 2);
});

test("a second opener is refused while the first is open", async (t) => {
  const options = testLedgerOptions(join(root, "locked"));
  const ledger = await openFor(t, join(root, "locked"));
  await assert.rejects(openLedger(options), /two writers would fork the log/);
  await ledger.close();
  await (await openLedger(options)).close();
});

test("an entry that is empty or too long is a mistake of the caller and does no harm", async (t) => {
  const ledger = await openFor(t, join(root, "lengths"));
  for (const length of [0, 4097]) {
    assert.throws(() => ledger.append(new Uint8Array(length), none), RangeError);
  }
  assert.equal(ledger.state().isWritable, true);
  await ledger.close();
});

test("appends beyond 16,384 outstanding are refused at once, and the others are kept", async (t) => {
  const ledger = await openFor(t, join(root, "overload"));
  const waiting = Array.from({ length: 16_384 }, () => ledger.append(refusal(), none));
  assert.equal(ledger.state().pendingCount, 16_384);
  assert.equal(await reasonOf(ledger.append(refusal(), none)), "overloaded");
  assert.equal(new Set(await Promise.all(waiting)).size, 16_384);
  await ledger.append(refusal(), none);
  await ledger.close();
});

test("a ledger whose files are taken away says so, rejects, and does not call itself sealed", async (t) => {
  const directory = join(root, "poisoned");
  const ledger = await openFor(t, directory);
  rmSync(join(directory, "ledger", "state"), { recursive: true });
  await ledger.append(refusal(), none).catch(() => {});
  while (ledger.state().isWritable) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(ledger.state().reason, "write_failed");
  assert.equal(await reasonOf(ledger.append(refusal(), none)), "write_failed");
  assert.equal(await reasonOf(ledger.close()), "write_failed");
});

test("killed in the middle of appends, a ledger has all that it acknowledged, and every permit an outcome", async () => {
  const directory = join(root, "killed");
  for (const lineCount of [1, 700, 1500]) {
    const acknowledged = await appendUntilKilled(directory, lineCount);
    assert.ok(acknowledged.size >= lineCount);
    await (await openLedger(testLedgerOptions(directory))).close();
    const { problems, openDecisionCount } = await verify(directory);
    assert.deepEqual(problems, []);
    assert.equal(openDecisionCount, 0);
    const log = await onlyLog(directory);
    for (const [index, entry] of acknowledged) {
      assert.equal(Buffer.from(await log.readEntry(index)).toString("hex"), entry);
    }
  }
});

function refusal(): Uint8Array {
  const entry = { ...decisionEntry(1), ts: testNow() };
  return encodeEntry({ ...entry, verdict: "refuse", error: "caller_rate_limited" });
}

async function appendUntilKilled(directory: string, lineCount: number): Promise<Map<number, string>> {
  const script = fileURLToPath(new URL("../../../test/support/append-until-killed.ts", import.meta.url));
  const child = spawn(process.execPath, [script, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const acknowledged = await readLines(child, lineCount);
  const [, signal] = (await exited) as [number | null, string | null];
  assert.equal(signal, "SIGKILL");
  return acknowledged;
}

/** Kills the child at the given line and reads on to what it had printed by then; a last line may be cut short. */
async function readLines(child: ChildProcess, lineCount: number): Promise<Map<number, string>> {
  assert.ok(child.stdout);
  const acknowledged = new Map<number, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [index, entry = ""] = line.split(" ");
    if (isWhole(entry)) acknowledged.set(Number(index), entry);
    if (acknowledged.size === lineCount) child.kill("SIGKILL");
  }
  return acknowledged;
}

function isWhole(hex: string): boolean {
  return Buffer.from(hex, "hex").toString().endsWith("}") && hex.length % 2 === 0;
}

/** Closed when the test ends, also when it fails: an open ledger's thread would keep the process alive. */
async function openFor(t: TestContext, directory: string): Promise<Ledger> {
  const ledger = await openLedger(testLedgerOptions(directory));
  t.after(() => ledger.close().catch(() => {}));
  return ledger;
}

async function onlyLog(directory: string): Promise<PublishedLog> {
  const [log] = await openLogDirectory(join(directory, "ledger"));
  assert.ok(log);
  return log;
}

async function verify(directory: string): Promise<LogReport> {
  const { publicKey } = openSigningKey(join(directory, "keys", "log", "2026-11.pem"));
  const key = noteKey(sha256, { name: origin, type: ed25519Type, publicKey });
  const trust = { logs: [key], witnesses: [], quorum: { kind: "none" } } as const;
  const { reader } = await onlyLog(directory);
  return verifyLog({ reader, trust, sha256, verifyEd25519 });
}

async function reasonOf(rejecting: Promise<unknown>): Promise<string> {
  const error: unknown = await rejecting.catch((error: unknown) => error);
  assert.ok(error instanceof LedgerUnavailableError);
  return error.reason;
}
