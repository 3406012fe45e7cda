// Breaks every storage call of a month's end, takes the power away or only the process, starts again, and looks: nothing
// acknowledged is lost in either log, each ends or begins as the other says, and no key is gone too early or too late.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sampledCalls } from "../../test/support/crash-sample.ts";
import { diskReader, readEntries, readEntryBytes, rootsOf } from "../../test/support/disk-log.ts";
import { verifyEd25519 } from "../../test/support/ledger-crypto.ts";
import {
  decisionEntry,
  endpointEntries,
  outcomeEntry,
  requestId,
} from "../../test/support/ledger-entries.ts";
import { signerOf } from "../../test/support/ledger-months.ts";
import { MonthKeys } from "../../test/support/month-keys.ts";
import { testLogOptions } from "../../test/support/open-test-log.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type Fault, faultKinds, SimulatedDisk } from "../../test/support/simulated-disk.ts";
import { encodeUtf8, type EndpointId, toHex } from "../base/index.ts";
import { monotonicNow } from "../clock/index.ts";
import { sha256 } from "../keys/index.ts";
import { encodeEntry, type Entry, formatNoteKey, verifyLog, type WrittenEntry } from "../ledger/index.ts";
import type { Pairing } from "./log/pairing-kind.ts";
import { LedgerUnavailableError, type PolicyText } from "./log/ledger.ts";
import { RotatingLog } from "./month/rotating-log.ts";
import type { ShardName } from "./log/shard.ts";

const november = Date.UTC(2026, 10, 30, 23, 59);
const december = Date.UTC(2026, 11, 1);
const months = ["2026-11", "2026-12"] as const;

/** What outlives a crash apart from the disk, and what the world was told. */
class Told {
  readonly keys: MonthKeys = new MonthKeys();
  /** By `origin#index`. */
  readonly acknowledged: Map<string, Uint8Array> = new Map();
  nowMs: number = november;
  nextNumber = 1;
  /** What was acknowledged of endpoints, and what was asked for and may be there: true is a quarantine. */
  readonly said: Map<string, boolean> = new Map();
  readonly asked: Map<string, boolean> = new Map();
}

test("the workload of these tests ends a month with a new policy and a request under way, without a fault", async () => {
  const disk = new SimulatedDisk();
  const told = new Told();
  await work(disk, told);
  assert.deepEqual(told.keys.destroyed, new Set(["2026-11"]));
  await check(disk.restarted(), told);
});

/** `npm run test:crash` breaks every call. */
const step = 6;

for (const [order, kind] of faultKinds.entries()) {
  test(`whatever call of a month's end meets ${kind}, both logs are whole and bound together`, async (t) => {
    const callCount = await countCalls();
    for (const call of sampledCalls(t, { callCount, step, order })) await breakAndCheck({ call, kind });
  });
}

async function breakAndCheck(fault: Fault): Promise<void> {
  const random = seededRandom(fault.call);
  const told = new Told();
  try {
    const broken = new SimulatedDisk(fault);
    await work(broken, told);
    const cached = broken.restarted();
    await check(random() < 0.3 ? cached : cached.afterPowerLoss(random), told);
  } catch (error) {
    throw new Error(`with ${fault.kind} at call ${fault.call}`, { cause: error });
  }
}

async function countCalls(): Promise<number> {
  const disk = new SimulatedDisk();
  await work(disk, new Told());
  return disk.callCount;
}

/** Resolves when the work is done, or the process is gone. */
async function work(disk: SimulatedDisk, told: Told): Promise<void> {
  await Promise.race([disk.crashed, endMonth(disk, told).catch(assertDiskError)]);
}

async function endMonth(disk: SimulatedDisk, told: Told): Promise<void> {
  const logs = await open(disk, told);
  const early = told.nextNumber++;
  const decided = await decide(logs, told, early);
  for (const endpoint of ["fra-1", "fra-2"]) await say(logs, told, "quarantine", endpoint);
  await logs.enactPolicy({ hash: "cd".repeat(32), texts: [text("policy.yaml", "version: 2")] });
  told.nowMs = december;
  // New decisions come while the next log is being opened.
  const [, during] = await Promise.all([
    logs.tick(),
    decide(logs, told, told.nextNumber++),
    say(logs, told, "release", "fra-2"),
    say(logs, told, "quarantine", "fra-3"),
  ]);
  const late = await decide(logs, told, told.nextNumber++);
  await close(logs, told, { number: early, decision: decided });
  await close(logs, told, { number: early + 2, decision: late });
  await close(logs, told, { number: early + 1, decision: during });
  await logs.tick();
  await logs.close();
}

function open(disk: SimulatedDisk, told: Told): Promise<RotatingLog> {
  return RotatingLog.open({
    ...testLogOptions({
      fileSystem: disk,
      directory: "/ledger",
      now: () => told.nowMs,
      texts: [text("policy.yaml", "version: 1"), text("packs/eu-gdpr.yaml", "id: eu-gdpr")],
    }),
    retentionDays: null,
    keys: told.keys,
    monotonicNow,
    onRotation: () => {},
  });
}

function text(name: string, words: string): PolicyText {
  return { name, bytes: encodeUtf8(words) };
}

function decide(logs: RotatingLog, told: Told, number: number): Promise<number> {
  const rid = requestId(number);
  return append(logs, told, { ...decisionEntry(number), ts: told.nowMs }, { kind: "opens", rid });
}

async function close(
  logs: RotatingLog,
  told: Told,
  { number, decision }: { readonly number: number; readonly decision: number },
): Promise<void> {
  const rid = requestId(number);
  const entry = { ...outcomeEntry(number, decision, rid), ts: told.nowMs };
  await append(logs, told, entry, { kind: "closes", rid });
}

async function say(
  logs: RotatingLog,
  told: Told,
  t: "quarantine" | "release",
  endpoint: string,
): Promise<void> {
  const [{ v, n, cell }] = endpointEntries(told.nextNumber);
  const entry = { v, n, cell, ts: told.nowMs, t, endpoint: endpoint as EndpointId, rid: null };
  told.asked.set(endpoint, t === "quarantine");
  await append(logs, told, entry, { kind: "endpoint" });
  told.said.set(endpoint, t === "quarantine");
}

/** No crash lifts a quarantine that was acknowledged, or undoes a release that was. */
function checkQuarantines({ quarantines }: RotatingLog, { said, asked }: Told): void {
  const standing = new Set<string>(quarantines.map(({ endpoint }) => endpoint));
  for (const [endpoint, isQuarantined] of said) {
    if (asked.get(endpoint) === isQuarantined) assert.equal(standing.has(endpoint), isQuarantined, endpoint);
  }
}

async function append(logs: RotatingLog, told: Told, entry: WrittenEntry, pairing: Pairing): Promise<number> {
  const bytes = encodeEntry(entry);
  const [run] = await logs.append([{ entry: bytes, pairing }]);
  assert.ok(run?.origin);
  told.acknowledged.set(`${run.origin}#${run.firstIndex}`, bytes);
  return run.firstIndex;
}

/** An error of the disk may end the work; damage of the log or a missing key may not. */
function assertDiskError(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  const isUnavailable = error instanceof LedgerUnavailableError && error.reason !== "inconsistent";
  assert.ok(isUnavailable || code === "EIO" || code === "ENOSPC", error as Error);
}

/** Starts on what the crash left, in December whatever the month was before. */
async function check(disk: SimulatedDisk, told: Told): Promise<void> {
  told.nowMs = december + 1;
  const logs = await open(disk, told);
  checkQuarantines(logs, told);
  await logs.close();
  const entries = new Map<string, Entry[]>();
  const roots = new Map<string, Uint8Array[]>();
  for (const month of await disk.list("/ledger/log")) {
    const read = await readLog(disk, month as ShardName, told);
    entries.set(month, read.entries);
    roots.set(month, read.roots);
  }
  const [last, opened] = [entries.get(months[0])?.at(-1), entries.get(months[1])?.[0]];
  assert.ok(opened?.t === "opened");
  // A crash before November's first entry was durable leaves a cell whose first log is December's.
  if (opened.previous === null) return assert.ok(last === undefined);
  assert.ok(last?.t === "closed" && last.next !== null);
  assert.equal(last.next.key, formatNoteKey(signerOf(months[1]).key));
  assert.deepEqual(told.keys.destroyed, new Set([months[0]]));
  const { size, root } = opened.previous;
  assert.equal(root, toHex(roots.get(months[0])?.[size] ?? new Uint8Array()));
}

async function readLog(
  disk: SimulatedDisk,
  month: ShardName,
  told: Told,
): Promise<{ entries: Entry[]; roots: Uint8Array[] }> {
  const reader = diskReader(disk, `/ledger/log/${month}`);
  if ((await reader.read("checkpoint")) === null) return { entries: [], roots: [] };
  const { key } = signerOf(month);
  const trust = { logs: [key], witnesses: [], quorum: { kind: "none" } } as const;
  const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
  assert.deepEqual(report.problems, []);
  assert.equal(report.openDecisionCount, 0);
  const bytes = await readEntryBytes(reader, report.entryCount);
  for (const [position, entry] of told.acknowledged) {
    const [origin, index] = position.split("#");
    if (origin === `acme.example/ledger/de/eu-frankfurt/${month}`) {
      assert.deepEqual(bytes[Number(index)], entry, `${position} was acknowledged and is not there`);
    }
  }
  return { entries: await readEntries(reader, report.entryCount), roots: rootsOf(bytes) };
}
