import assert from "node:assert/strict";
import { test } from "node:test";
import { dayMs } from "../../base/index.ts";
import { sampledCalls } from "../../../test/support/crash-sample.ts";
import { diskReader, readEntries } from "../../../test/support/disk-log.ts";
import { verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { signerOf } from "../../../test/support/ledger-months.ts";
import { MonthKeys } from "../../../test/support/month-keys.ts";
import { testLogOptions } from "../../../test/support/open-test-log.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { type Fault, faultKinds, SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { sha256 } from "../../keys/index.ts";
import { type Entry, parseCheckpoint, parseNote, verifyLog } from "../../ledger/index.ts";
import { momentAt } from "../../../test/support/moment-at.ts";
import { RotatingLog } from "./rotating-log.ts";
import { keptUntil, listShards } from "./shard-list.ts";
import type { ShardName } from "../log/shard.ts";

const november = Date.UTC(2026, 10, 15);
const december = Date.UTC(2026, 11, 15);
const january = Date.UTC(2027, 0, 15);
/** Of a log that was pruned. */
const left = ["checkpoint", "closing.tlog-proof"];
const identity = { deployment: "acme.example", jurisdiction: "de", cell: "eu-frankfurt", replica: null };

class World {
  readonly keys: MonthKeys;
  disk: SimulatedDisk;
  nowMs = november;
  retentionDays: number | null = 30;

  constructor(disk: SimulatedDisk = new SimulatedDisk(), keys: MonthKeys = new MonthKeys()) {
    this.disk = disk;
    this.keys = keys;
  }

  open(): Promise<RotatingLog> {
    return RotatingLog.open({
      // Months may have gone by: a witness says that they have.
      ...testLogOptions({
        fileSystem: this.disk,
        directory: "/ledger",
        now: () => this.nowMs,
        isWitnessed: true,
      }),
      keys: this.keys,
      retentionDays: this.retentionDays,
      monotonicNow: () => momentAt(this.nowMs),
      onRotation: () => {},
    });
  }

  async runAt(nowMs: number): Promise<void> {
    this.nowMs = nowMs;
    await (await this.open()).close();
  }

  /** Of a log that must be whole. */
  async entries(month: ShardName): Promise<readonly Entry[]> {
    const reader = diskReader(this.disk, `/ledger/log/${month}`);
    const trust = { logs: [signerOf(month).key], witnesses: [], quorum: { kind: "none" } } as const;
    const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
    assert.deepEqual(report.problems, []);
    return readEntries(reader, report.entryCount);
  }

  /** The logs that this one says are gone. */
  async retentionsIn(month: ShardName): Promise<readonly string[]> {
    return (await this.entries(month)).flatMap((entry) =>
      entry.t === "retention" ? [`${entry.log.origin.slice(-7)} ${entry.log.size} ${entry.days}`] : [],
    );
  }

  filesOf(month: ShardName): Promise<readonly string[]> {
    return this.disk.list(`/ledger/log/${month}`);
  }
}

test("a log is kept for its time after the month's end, then only its checkpoint and the proof of its end are left and the current log says so", async () => {
  const world = new World();
  await world.runAt(november);
  await world.runAt(keptUntil("2026-11", 30) - 1);
  assert.deepEqual((await world.filesOf("2026-11")).toSorted(), ["checkpoint", "checkpoints", "tile"]);
  assert.deepEqual(await world.retentionsIn("2026-12"), []);
  await world.runAt(keptUntil("2026-11", 30));
  assert.deepEqual((await world.filesOf("2026-11")).toSorted(), left);
  assert.deepEqual(await world.retentionsIn("2026-12"), ["2026-11 3 30"]);
});

test("a cell that runs on prunes on the day on which it may", async () => {
  const world = new World();
  await world.runAt(november);
  world.nowMs = keptUntil("2026-11", 30) - 1;
  const logs = await world.open();
  await logs.tick();
  assert.equal((await world.filesOf("2026-11")).length, 3);
  world.nowMs += 1;
  await logs.tick();
  assert.deepEqual((await world.filesOf("2026-11")).toSorted(), left);
  world.nowMs += dayMs;
  await logs.tick();
  await logs.close();
  assert.deepEqual(await world.retentionsIn("2026-12"), ["2026-11 3 30"]);
});

test("each log tells of all that are gone, so that the newest one is enough", async () => {
  const world = new World();
  await world.runAt(november);
  await world.runAt(december);
  await world.runAt(january);
  await world.runAt(Date.UTC(2027, 1, 15));
  assert.deepEqual((await world.filesOf("2026-12")).toSorted(), left);
  const inFebruary = await world.retentionsIn("2027-02");
  assert.deepEqual(
    inFebruary.map((line) => line.slice(0, 7)),
    ["2026-11", "2026-12"],
  );
  // Without a retention nothing more goes, and what is gone is told all the same.
  world.retentionDays = null;
  await world.runAt(Date.UTC(2028, 0, 1));
  assert.equal((await world.retentionsIn("2028-01")).length, 2);
  assert.equal((await world.filesOf("2027-01")).length, 3);
});

test("neither the current log nor one that has not ended goes, however old it is", async () => {
  const world = new World();
  await world.runAt(november);
  const shards = await listShards({ ...identity, fileSystem: world.disk, directory: "/ledger" });
  assert.deepEqual(
    shards.map(({ shard, kind }) => [shard, kind]),
    [["2026-11", "open"]],
  );
  world.retentionDays = 0;
  await world.runAt(november + dayMs);
  assert.equal((await world.filesOf("2026-11")).length, 3);
});

for (const [order, kind] of faultKinds.entries()) {
  test(`whatever call of a pruning meets ${kind}, the log is whole or pruned, and told of before it is gone`, async (t) => {
    const callCount = await countCalls();
    for (const call of sampledCalls(t, { callCount, step: 6, order })) await breakPruning({ call, kind });
  });
}

async function breakPruning(fault: Fault): Promise<void> {
  try {
    const world = await readyToPrune(fault);
    await Promise.race([world.disk.crashed, world.runAt(january).catch(() => {})]);
    world.disk = world.disk.restarted();
    if (fault.call % 2 === 0) world.disk = world.disk.afterPowerLoss(seededRandom(fault.call));
    await checkReaderSees(world);
    await world.runAt(january);
    assert.deepEqual((await world.filesOf("2026-11")).toSorted(), left);
    assert.ok((await world.retentionsIn("2027-01")).includes("2026-11 3 30"));
  } catch (error) {
    throw new Error(`with ${fault.kind} at call ${fault.call}`, { cause: error });
  }
}

/** What a crash left: the month is whole, or the published log that follows tells of its end. */
async function checkReaderSees(world: World): Promise<void> {
  if ((await world.filesOf("2026-11")).includes("tile")) {
    await world.entries("2026-11");
    return;
  }
  assert.ok((await world.retentionsIn("2027-01")).some((line) => line.startsWith("2026-11 3")));
  const note = parseNote((await world.disk.read("/ledger/log/2026-11/checkpoint")) ?? new Uint8Array());
  assert.ok(note.ok && parseCheckpoint(note.value.text).ok);
}

async function readyToPrune(fault: Fault | null): Promise<World> {
  const before = new World();
  await before.runAt(november);
  await before.runAt(december);
  return new World(before.disk.restarted(fault), before.keys);
}

async function countCalls(): Promise<number> {
  const world = await readyToPrune(null);
  await world.runAt(january);
  return world.disk.callCount;
}
