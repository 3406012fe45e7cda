import assert from "node:assert/strict";
import { test } from "node:test";
import { decisionEntry } from "../../../test/support/ledger-entries.ts";
import { openTestLog } from "../../../test/support/open-test-log.ts";
import { type FaultKind, SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { encodeEntry } from "../../ledger/index.ts";
import { type LedgerFailure, LedgerUnavailableError } from "./ledger.ts";
import type { LogWriter } from "./log-writer.ts";

const callsToOpen = await countCallsToOpen();

const faults: readonly { title: string; kind: FaultKind; calls: number; reason: LedgerFailure }[] = [
  { title: "a write that fails", kind: "error-before", calls: 1, reason: "write_failed" },
  { title: "a sync that fails", kind: "error-before", calls: 2, reason: "sync_failed" },
  {
    title: "a sync that fails though it kept the bytes",
    kind: "error-after",
    calls: 2,
    reason: "sync_failed",
  },
  { title: "a full disk", kind: "full", calls: 1, reason: "disk_full" },
];
for (const { title, kind, calls, reason } of faults) {
  test(`${title} rejects what waits and all that comes, and is never tried again`, async () => {
    const disk = new SimulatedDisk({ call: callsToOpen + calls, kind });
    const failures: LedgerFailure[] = [];
    const onFailure = (failure: LedgerFailure): void => void failures.push(failure);
    const { writer } = await openTestLog({ fileSystem: disk, directory: "/ledger", onFailure });
    const waiting = await Promise.allSettled([1, 2, 3].map((number) => append(writer, number)));
    assert.deepEqual(waiting.map(reasonOf), [reason, reason, reason]);
    const callCount = disk.callCount;
    assert.deepEqual((await Promise.allSettled([append(writer, 4), writer.seal()])).map(reasonOf), [
      reason,
      reason,
    ]);
    assert.equal(disk.callCount, callCount, "a poisoned log touched the disk");
    assert.deepEqual(failures, [reason]);
    await writer.close();
  });
}

test("appends that come while a batch is on its way share the next batch", async () => {
  const disk = new SimulatedDisk();
  const { writer } = await openTestLog({ fileSystem: disk, directory: "/ledger" });
  const before = disk.callCount;
  await Promise.all([1, 2, 3, 4, 5].map((number) => append(writer, number)));
  // One write and one sync for the first, the same for the other four.
  assert.equal(disk.callCount - before, 4);
  await writer.close();
});

test("a log that has not grown is not sealed again", async () => {
  const disk = new SimulatedDisk();
  const { writer } = await openTestLog({ fileSystem: disk, directory: "/ledger" });
  await append(writer, 1);
  await writer.seal();
  const before = disk.callCount;
  await writer.seal();
  assert.equal(disk.callCount, before);
  assert.equal(writer.sealedSize, writer.size);
});

/** A disk on which tiles, once told to, are not what was written. */
class LyingDisk extends SimulatedDisk {
  isLying = false;

  override async read(path: string): Promise<Uint8Array | null> {
    const bytes = await super.read(path);
    const isTile = this.isLying && path.includes("/tile/0/");
    return isTile ? (bytes?.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) ?? null) : bytes;
  }
}

test("nothing is signed when the tiles on disk do not give the signed root, and the log stops", async () => {
  const disk = new LyingDisk();
  const { writer } = await openTestLog({ fileSystem: disk, directory: "/ledger" });
  const files = ["/ledger/state/2026-11/signed", "/ledger/log/2026-11/checkpoint"];
  const signed = await Promise.all(files.map((file) => disk.read(file)));
  await append(writer, 1);
  disk.isLying = true;
  const results = await Promise.allSettled([writer.seal()]);
  assert.deepEqual(results.map(reasonOf), ["inconsistent"]);
  assert.deepEqual(await Promise.all(files.map((file) => disk.read(file))), signed);
  assert.deepEqual((await Promise.allSettled([append(writer, 2)])).map(reasonOf), ["inconsistent"]);
  await writer.close();
});

test("a closed log takes nothing more", async () => {
  const { writer } = await openTestLog({ fileSystem: new SimulatedDisk(), directory: "/ledger" });
  await writer.close();
  assert.equal(reasonOf((await Promise.allSettled([append(writer, 1)]))[0]), "closed");
});

function append(writer: LogWriter, number: number): Promise<number> {
  return writer.append([{ entry: encodeEntry(decisionEntry(number)), pairing: { kind: "none" } }]);
}

function reasonOf(result: PromiseSettledResult<unknown> | undefined): string {
  assert.ok(result?.status === "rejected" && result.reason instanceof LedgerUnavailableError);
  return result.reason.reason;
}

/** The opening leaves one thing running, the reservation of the next segment; an append later it is done. */
async function countCallsToOpen(): Promise<number> {
  const disk = new SimulatedDisk();
  await openTestLog({ fileSystem: disk, directory: "/ledger" });
  return disk.callCount;
}
