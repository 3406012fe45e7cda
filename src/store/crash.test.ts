// Breaks every storage call in every way, takes the power away or only the process, opens the log again, and looks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyEd25519 } from "../../test/support/ledger-crypto.ts";
import { decisionEntry, outcomeEntry, requestId } from "../../test/support/ledger-entries.ts";
import { logSigner, openTestLog } from "../../test/support/open-test-log.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import {
  type Fault,
  type FaultKind,
  faultKinds,
  type Random,
  SimulatedDisk,
} from "../../test/support/simulated-disk.ts";
import { sha256 } from "../keys/index.ts";
import {
  type Checkpoint,
  encodeEntry,
  type Entry,
  formatTilePath,
  leafHash,
  type LogReader,
  type LogReport,
  openTree,
  parseBundle,
  parseCheckpoint,
  parseNote,
  tileHolding,
  verifyLog,
} from "../ledger/index.ts";
import { LedgerUnavailableError, type Pairing } from "./ledger.ts";
import type { LogWriter } from "./log-writer.ts";

const trust = { logs: [logSigner.key], witnesses: [], quorum: { kind: "none" } } as const;
const logDirectory = "/ledger/log/2026-11";

/** What the world was told: no crash may make it untrue. */
interface Told {
  /** By index. */
  readonly acknowledged: Map<number, Uint8Array>;
  readonly checkpoints: Checkpoint[];
  nextNumber: number;
}

test("the workload of these tests opens twice, rotates segments, seals and closes, without a fault", async () => {
  const disk = new SimulatedDisk();
  const told = newTold();
  await work(disk, told);
  assert.ok(told.acknowledged.size > 20, `${told.acknowledged.size} appends`);
  await checkDisk(disk, told);
});

for (const [order, kind] of faultKinds.entries()) {
  test(`whatever call meets ${kind}, nothing acknowledged is lost and nothing signed is contradicted`, async () => {
    const callCount = await countCalls();
    // Every other call, for time: half of the kinds take the odd ones. All together are more than a thousand crashes.
    assert.ok((callCount / 2) * faultKinds.length > 1000, `only ${callCount} calls`);
    for (let call = 1 + (order % 2); call <= callCount; call += 2) await breakAndCheck({ call, kind }, call);
  });
}

async function breakAndCheck(fault: Fault, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const told = newTold();
  try {
    const broken = new SimulatedDisk(fault);
    await work(broken, told);
    const disk = await recoverTwice(broken, told, random);
    await checkDisk(disk, told);
  } catch (error) {
    throw new Error(`with ${fault.kind} at call ${fault.call}`, { cause: error });
  }
}

/** The first recovery breaks somewhere too, half of the time; the second has a disk in good order. */
async function recoverTwice(broken: SimulatedDisk, told: Told, random: Random): Promise<SimulatedDisk> {
  const fault = random() < 0.5 ? anyFault(random) : null;
  const second = await nextMachine(broken, told, { random, fault });
  await work(second, told);
  return nextMachine(second, told, { random, fault: null });
}

async function nextMachine(
  disk: SimulatedDisk,
  told: Told,
  { random, fault }: { readonly random: Random; readonly fault: Fault | null },
): Promise<SimulatedDisk> {
  const cached = disk.restarted(fault);
  await noteCheckpoint(cached, told);
  if (random() < 0.3) return cached;
  const lossy = cached.afterPowerLoss(random, fault);
  // An auditor who looks at the disk as the crash left it finds nothing wrong either.
  await noteCheckpoint(lossy, told);
  await checkPublished(lossy);
  return lossy;
}

function anyFault(random: Random): Fault {
  const kind: FaultKind = faultKinds[Math.floor(random() * faultKinds.length)] ?? "crash-before";
  return { call: 1 + Math.floor(random() * 80), kind };
}

async function countCalls(): Promise<number> {
  const disk = new SimulatedDisk();
  await work(disk, newTold());
  return disk.callCount;
}

/** Resolves when the work is done, or the process is gone. */
async function work(disk: SimulatedDisk, told: Told): Promise<void> {
  await Promise.race([disk.crashed, useLog(disk, told)]);
}

async function useLog(disk: SimulatedDisk, told: Told): Promise<void> {
  for (const isClosed of [true, false]) {
    const writer = await openOrFail(disk);
    if (writer === null) return;
    for (let round = 0; round < 2; round++) await useWriter(writer, told);
    if (isClosed) await writer.close().catch(assertUnavailable);
  }
}

/** An error of the disk may end the opening, damage of the log may not: no crash is an excuse to stay closed. */
async function openOrFail(disk: SimulatedDisk): Promise<LogWriter | null> {
  try {
    return await openWriter(disk);
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    assert.ok(code === "EIO" || code === "ENOSPC" || name === "LedgerUnavailableError", error as Error);
    return null;
  }
}

async function openWriter(disk: SimulatedDisk): Promise<LogWriter> {
  const { writer } = await openTestLog({ fileSystem: disk, directory: "/ledger" });
  return writer;
}

async function useWriter(writer: LogWriter, told: Told): Promise<void> {
  const append = appenderOf(writer, told);
  const rids = Array.from({ length: 4 }, () => requestId(told.nextNumber++));
  const decisions = await Promise.all(
    rids.map((rid) => append(decisionEntry(told.nextNumber++, rid), { kind: "opens", rid })),
  );
  const sealing = writer.seal().catch(assertUnavailable);
  // The last one stays open: its outcome is left to the next opening.
  for (const [at, rid] of rids.slice(0, -1).entries()) {
    const decision = decisions[at] ?? null;
    if (decision === null) continue;
    await append(outcomeEntry(told.nextNumber++, decision, rid), { kind: "closes", rid });
  }
  await sealing;
}

type Append = (entry: Entry, pairing: Pairing) => Promise<number | null>;

function appenderOf(writer: LogWriter, told: Told): Append {
  let nextIndex = writer.size;
  let hasFailed = false;
  return async (entry, pairing) => {
    const index = nextIndex++;
    const bytes = encodeEntry(entry);
    try {
      await writer.append([{ entry: bytes, pairing }]);
    } catch (error) {
      assertUnavailable(error);
      hasFailed = true;
      return null;
    }
    assert.ok(!hasFailed, "an append was acknowledged after another had failed");
    told.acknowledged.set(index, bytes);
    return index;
  };
}

function assertUnavailable(error: unknown): void {
  assert.ok(error instanceof LedgerUnavailableError, error as Error);
}

function newTold(): Told {
  return { acknowledged: new Map(), checkpoints: [], nextNumber: 0 };
}

async function noteCheckpoint(disk: SimulatedDisk, told: Told): Promise<void> {
  const note = parseNote((await disk.read(`${logDirectory}/checkpoint`)) ?? new Uint8Array(0));
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : null;
  if (checkpoint?.ok) told.checkpoints.push(checkpoint.value);
}

async function checkPublished(disk: SimulatedDisk): Promise<void> {
  if ((await disk.read(`${logDirectory}/checkpoint`)) === null) return;
  assert.deepEqual((await verify(disk)).problems, []);
}

async function checkDisk(disk: SimulatedDisk, told: Told): Promise<void> {
  const last = disk.restarted();
  const writer = await openWriter(last);
  await writer.close();
  const report = await verify(last);
  assert.deepEqual(report.problems, []);
  assert.equal(report.openDecisionCount, 0);
  const entries = await readEntries(last, report.checkpoint?.size ?? 0);
  for (const [index, entry] of told.acknowledged) {
    assert.deepEqual(entries[index], entry, `entry ${index} was acknowledged and is not there`);
  }
  const roots = rootsOf(entries);
  for (const { size, root } of told.checkpoints) {
    assert.deepEqual(
      roots[size],
      root,
      `the checkpoint of ${size} entries was published and is contradicted`,
    );
  }
}

function verify(disk: SimulatedDisk): Promise<LogReport> {
  return verifyLog({ reader: readerOf(disk), trust, sha256, verifyEd25519 });
}

function readerOf(disk: SimulatedDisk): LogReader {
  return {
    read: (path) => disk.read(`${logDirectory}/${path}`),
    list: (path) => disk.list(`${logDirectory}/${path}`),
  };
}

async function readEntries(disk: SimulatedDisk, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  while (entries.length < size) {
    const name = tileHolding(entries.length, "entries", size);
    const bytes = await readerOf(disk).read(formatTilePath(name));
    const bundle = parseBundle(bytes ?? new Uint8Array(0), name.width);
    assert.ok(bundle.ok);
    entries.push(...bundle.value.map((entry) => Uint8Array.from(entry)));
  }
  return entries;
}

/** By size. */
function rootsOf(entries: readonly Uint8Array[]): Uint8Array[] {
  const tree = openTree(sha256, 0, () => assert.fail());
  return [
    tree.root(),
    ...entries.map((entry) => {
      tree.append(leafHash(sha256, entry));
      return tree.root();
    }),
  ];
}
