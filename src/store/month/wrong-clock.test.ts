// A wall clock that somebody sets while a cell writes its log, or before it starts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { diskReader, readEntries } from "../../../test/support/disk-log.ts";
import { verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { decisionEntry, outcomeEntry, requestId } from "../../../test/support/ledger-entries.ts";
import { signerOf } from "../../../test/support/ledger-months.ts";
import { momentAt } from "../../../test/support/moment-at.ts";
import { MonthKeys } from "../../../test/support/month-keys.ts";
import { testLogOptions } from "../../../test/support/open-test-log.ts";
import { SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { dayMs } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { encodeEntry, type Entry, verifyLog } from "../../ledger/index.ts";
import type { ShardName } from "../log/shard.ts";
import { AgreedTime, settlingMs } from "../time/agreed-time.ts";
import { RotatingLog } from "./rotating-log.ts";

const october = Date.UTC(2026, 9, 15);
const november = Date.UTC(2026, 10, 27, 12);

class World {
  readonly disk: SimulatedDisk = new SimulatedDisk();
  readonly keys: MonthKeys = new MonthKeys();
  wallMs: number = october;
  steadyMs = 0;
  time: AgreedTime = this.#startClocks();
  #number = 0;

  /** October's log has ended, and November's is open. */
  static async inNovember(): Promise<{ readonly world: World; readonly logs: RotatingLog }> {
    const world = new World();
    const before = await world.open();
    await world.serve(before);
    await before.close();
    world.wallMs = november;
    const logs = await world.open();
    world.time.noteWitnessed("w", november);
    await logs.tick();
    await world.serve(logs);
    await logs.tick();
    assert.ok(logs.current.origin.endsWith("/2026-11"));
    return { world, logs };
  }

  async open(): Promise<RotatingLog> {
    this.time = this.#startClocks();
    return RotatingLog.open({
      ...testLogOptions({ fileSystem: this.disk, directory: "/ledger", now: () => this.wallMs }),
      time: this.time,
      keys: this.keys,
      retentionDays: 30,
      monotonicNow: () => momentAt(this.steadyMs),
      onRotation: () => {},
    });
  }

  /** One request, as the gateway's thread records it: dated by the wall clock, wherever that stands. */
  async serve(logs: RotatingLog): Promise<void> {
    const number = ++this.#number;
    const rid = requestId(number);
    const decision = encodeEntry({ ...decisionEntry(number, rid), ts: this.wallMs });
    const [run] = await logs.append([{ entry: decision, pairing: { kind: "opens", rid } }]);
    const outcome = encodeEntry({ ...outcomeEntry(number, run?.firstIndex ?? 0, rid), ts: this.wallMs });
    const [closing] = await logs.append([{ entry: outcome, pairing: { kind: "closes", rid } }]);
    assert.equal(closing?.origin, run?.origin);
  }

  async passSeconds(logs: RotatingLog, count: number): Promise<void> {
    for (let second = 0; second < count; second++) {
      this.wallMs += 1_000;
      this.steadyMs += 1_000;
      await this.serve(logs);
      await logs.tick();
    }
  }

  /** Of a log that verifies, with an outcome for each permit. */
  async entries(month: ShardName): Promise<readonly Entry[]> {
    const reader = diskReader(this.disk, `/ledger/log/${month}`);
    const trust = { logs: [signerOf(month).key], witnesses: [], quorum: { kind: "none" } } as const;
    const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
    assert.deepEqual(report.problems, []);
    assert.equal(report.openDecisionCount, 0);
    return readEntries(reader, report.entryCount);
  }

  async months(): Promise<readonly string[]> {
    const names = await this.disk.list("/ledger/log");
    const files = await Promise.all(names.map((name) => this.disk.list(`/ledger/log/${name}`)));
    return names.filter((_, order) => files[order]?.includes("tile")).toSorted();
  }

  #startClocks(): AgreedTime {
    return new AgreedTime({ now: () => this.wallMs, steadyNow: () => momentAt(this.steadyMs) });
  }
}

for (const { what, byMs } of [
  { what: "30 s back", byMs: -30_000 },
  { what: "five days on, over the month's end", byMs: 5 * dayMs },
  { what: "five days back", byMs: -5 * dayMs },
  { what: "400 days on", byMs: 400 * dayMs },
  { what: "40 days back, into a month that has ended", byMs: -40 * dayMs },
]) {
  test(`a clock that is set ${what} for 4 s, while requests come, leaves every log, key and outcome, and dates that do not go back`, async () => {
    const { world, logs } = await World.inNovember();
    const from = world.wallMs;
    world.wallMs += byMs;
    await world.passSeconds(logs, 4);
    assert.ok(world.time.check().isHeld);
    world.wallMs -= byMs;
    await world.passSeconds(logs, 4);
    await logs.close();
    assert.deepEqual(world.keys.destroyed, new Set(["2026-10"]));
    assert.deepEqual(await world.months(), ["2026-10", "2026-11"]);
    await world.entries("2026-10");
    const dates = (await world.entries("2026-11")).map(({ ts }) => ts);
    assert.deepEqual(
      dates,
      dates.toSorted((one, other) => one - other),
    );
    assert.ok((dates.at(-1) ?? 0) <= from + 8_000);
    // The next start finds all in order.
    const again = await world.open();
    assert.ok(!world.time.check().isHeld);
    await again.close();
    await world.entries("2026-11");
  });

  test(`a clock that is set ${what} and stays there changes nothing that cannot be undone`, async () => {
    const { world, logs } = await World.inNovember();
    world.wallMs += byMs;
    await world.passSeconds(logs, 5);
    world.wallMs += 2 * settlingMs;
    world.steadyMs += 2 * settlingMs;
    await world.passSeconds(logs, 2);
    assert.deepEqual(world.keys.destroyed, new Set(["2026-10"]));
    assert.deepEqual(await world.months(), ["2026-10", "2026-11"]);
    await logs.close();
    await world.entries("2026-11");
  });
}

test("a clock that is wrong at a start opens the log that is there, and after a correction the month goes on", async () => {
  for (const byMs of [400 * dayMs, 5 * dayMs, -60 * dayMs]) {
    const { world, logs } = await World.inNovember();
    await logs.close();
    world.wallMs += byMs;
    const wrong = await world.open();
    assert.ok(world.time.check().isHeld);
    assert.ok(wrong.current.origin.endsWith("/2026-11"));
    await world.passSeconds(wrong, 3);
    assert.deepEqual(await world.months(), ["2026-10", "2026-11"]);
    world.wallMs -= byMs;
    world.time.noteWitnessed("w", world.wallMs);
    await world.passSeconds(wrong, 3);
    await wrong.close();
    assert.deepEqual(world.keys.destroyed, new Set(["2026-10"]));
    await world.entries("2026-11");
  }
});

test("after a jump that a person calls right, and no witness denies, the month changes and what is overdue goes", async () => {
  const { world, logs } = await World.inNovember();
  world.wallMs += 5 * dayMs;
  await logs.tick();
  assert.ok(logs.acceptClock().isHeld, "the witness says another time");
  world.time.noteWitnessed("w", world.wallMs);
  await logs.tick();
  assert.ok(logs.current.origin.endsWith("/2026-11"));
  assert.ok(!logs.acceptClock().isHeld);
  await world.passSeconds(logs, 2);
  assert.ok(logs.current.origin.endsWith("/2026-12"));
  await logs.close();
  assert.deepEqual(world.keys.destroyed, new Set(["2026-10", "2026-11"]));
  // October is kept until 30 November.
  assert.deepEqual(await world.months(), ["2026-11", "2026-12"]);
  await world.entries("2026-11");
  await world.entries("2026-12");
});

test("entries of threads that come out of order are dated in the order of the log", async () => {
  const { world, logs } = await World.inNovember();
  const dates = [0, 900, 300, 600, -1_500].map((ms) => world.wallMs + ms);
  for (const [number, ts] of dates.entries()) {
    const entry = encodeEntry({ ...decisionEntry(900 + number), verdict: "refuse", error: "x", ts });
    await logs.append([{ entry, pairing: { kind: "none" } }]);
  }
  await logs.close();
  const stored = (await world.entries("2026-11")).slice(-5).map(({ ts }) => ts - world.wallMs);
  assert.deepEqual(stored, [0, 900, 900, 900, 900]);
});
