// One crash of the simulated disk: the work on a log before it, one or two recoveries, and whether all that anybody was
// told is still true.
import assert from "node:assert/strict";
import {
  type Checkpoint,
  encodeEntry,
  type WrittenEntry,
  type LogReport,
  parseCheckpoint,
  parseNote,
  verifyLog,
} from "../../src/ledger/index.ts";
import type { Pairing } from "../../src/store/log/pairing-kind.ts";
import { LedgerUnavailableError } from "../../src/store/log/ledger.ts";
import type { LogWriter } from "../../src/store/log/log-writer.ts";
import { diskReader, readEntryBytes, rootsOf } from "./disk-log.ts";
import { sha256, verifyEd25519 } from "./ledger-crypto.ts";
import { decisionEntry, outcomeEntry, requestId } from "./ledger-entries.ts";
import { logSigner, openTestLog } from "./open-test-log.ts";
import { seededRandom } from "./seeded-random.ts";
import { type Fault, type FaultKind, faultKinds, type Random, SimulatedDisk } from "./simulated-disk.ts";

const trust = { logs: [logSigner.key], witnesses: [], quorum: { kind: "none" } } as const;
const logDirectory = "/ledger/log/2026-11";

/** Makes the disk that breaks. The machines after it have one in good order, but for a fault of their own. */
export type DiskMaker = (fault: Fault | null) => SimulatedDisk;

const goodDisk: DiskMaker = (fault) => new SimulatedDisk(fault);

/** What the world was told: no crash may make it untrue. */
interface Told {
  /** By index. */
  readonly acknowledged: Map<number, Uint8Array>;
  readonly checkpoints: Checkpoint[];
  /** Of trees whose sealing was reported as done: their checkpoints stay. */
  readonly keptSizes: Set<number>;
  nextNumber: number;
}

export interface Trial {
  readonly fault: Fault;
  readonly seed: number;
  readonly makeDisk?: DiskMaker;
}

/** Rejects when something that was said is no longer true. Resolves with how many disks, as a crash left them, were looked at. */
export async function crashAndCheck({ fault, seed, makeDisk = goodDisk }: Trial): Promise<number> {
  const random = seededRandom(seed);
  const told = newTold();
  try {
    const broken = makeDisk(fault);
    await work(broken, told);
    const disk = await recoverTwice(broken, told, random);
    await checkDisk(disk, told);
  } catch (error) {
    throw new Error(`with ${fault.kind} at call ${fault.call} (seed ${seed})`, { cause: error });
  }
  // What the broken machine left, and what its recovery left.
  return 2;
}

/** Of the work that a trial breaks. */
export async function countCalls(): Promise<number> {
  const disk = new SimulatedDisk();
  await work(disk, newTold());
  return disk.callCount;
}

/** Resolves with how many appends were acknowledged. */
export async function workUnbroken(): Promise<number> {
  const disk = new SimulatedDisk();
  const told = newTold();
  await work(disk, told);
  await checkDisk(disk, told);
  return told.acknowledged.size;
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
  const sealing = writer.seal().then(() => told.keptSizes.add(writer.sealedSize), assertUnavailable);
  // The last one stays open: its outcome is left to the next opening.
  for (const [at, rid] of rids.slice(0, -1).entries()) {
    const decision = decisions[at] ?? null;
    if (decision === null) continue;
    await append(outcomeEntry(told.nextNumber++, decision, rid), { kind: "closes", rid });
  }
  await sealing;
}

type Append = (entry: WrittenEntry, pairing: Pairing) => Promise<number | null>;

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
  return { acknowledged: new Map(), checkpoints: [], keptSizes: new Set(), nextNumber: 0 };
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
  const entries = await readEntryBytes(diskReader(last, logDirectory), report.entryCount);
  for (const [index, entry] of told.acknowledged) {
    assert.deepEqual(entries[index], entry, `entry ${index} was acknowledged and is not there`);
  }
  const kept = await last.list(`${logDirectory}/checkpoints`);
  for (const size of told.keptSizes) {
    assert.ok(kept.includes(String(size)), `the checkpoint of ${size} entries was not kept`);
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
  return verifyLog({ reader: diskReader(disk, logDirectory), trust, sha256, verifyEd25519 });
}
