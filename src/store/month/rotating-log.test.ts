import assert from "node:assert/strict";
import { test } from "node:test";
import { momentAt } from "../../../test/support/moment-at.ts";
import { diskReader, readEntries } from "../../../test/support/disk-log.ts";
import { verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import {
  decisionEntry,
  endpointEntries,
  outcomeEntry,
  requestId,
} from "../../../test/support/ledger-entries.ts";
import { signerOf } from "../../../test/support/ledger-months.ts";
import { MonthKeys } from "../../../test/support/month-keys.ts";
import { testLogOptions } from "../../../test/support/open-test-log.ts";
import { SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import type { EndpointId } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { encodeEntry, type Entry, formatNoteKey, verifyLog } from "../../ledger/index.ts";
import type { Pairing } from "../log/pairing-kind.ts";
import { RotatingLog, type RotationOptions, type Run } from "./rotating-log.ts";
import { AgreedTime, settlingMs } from "../time/agreed-time.ts";
import type { ShardName } from "../log/shard.ts";

const november = Date.UTC(2026, 10, 30, 23, 59);
const december = Date.UTC(2026, 11, 1);
const minuteMs = 60_000;
const originOf = (month: string): string => `acme.example/ledger/de/eu-frankfurt/${month}`;

/** A cell's logs with clocks that the test sets. */
class World {
  readonly disk: SimulatedDisk = new SimulatedDisk();
  readonly keys: MonthKeys = new MonthKeys();
  readonly rotations: string[] = [];
  nowMs: number = november;
  monotonicMs = 0;
  time: AgreedTime = this.#startClocks();

  open(): Promise<RotatingLog> {
    this.time = this.#startClocks();
    const options: RotationOptions = {
      ...testLogOptions({ fileSystem: this.disk, directory: "/ledger" }),
      retentionDays: null,
      keys: this.keys,
      now: () => this.nowMs,
      time: this.time,
      monotonicNow: () => momentAt(this.monotonicMs),
      onRotation: ({ origin }) => this.rotations.push(origin),
    };
    return RotatingLog.open(options);
  }

  /** As time passes, by every clock. */
  pass(ms: number): void {
    this.nowMs += ms;
    this.monotonicMs += ms;
  }

  passUntil(instantMs: number): void {
    this.pass(instantMs - this.nowMs);
  }

  #startClocks(): AgreedTime {
    return new AgreedTime({ now: () => this.nowMs, steadyNow: () => momentAt(this.monotonicMs) });
  }

  async entries(month: ShardName): Promise<Entry[]> {
    const reader = diskReader(this.disk, `/ledger/log/${month}`);
    const trust = { logs: [signerOf(month).key], witnesses: [], quorum: { kind: "none" } } as const;
    const report = await verifyLog({ reader, trust, sha256, verifyEd25519 });
    assert.deepEqual(report.problems, []);
    assert.equal(report.openDecisionCount, 0);
    return readEntries(reader, report.entryCount);
  }
}

test("a month that ends while requests are under way keeps their outcomes, and the new one takes what is new", async () => {
  const world = new World();
  const logs = await world.open();
  const [decided] = await decide(world, logs, 1);
  assert.deepEqual(decided, { origin: originOf("2026-11"), firstIndex: 1, count: 1 });
  world.passUntil(december);
  await logs.tick();
  assert.deepEqual(world.rotations, [originOf("2026-12")]);
  assert.deepEqual(world.keys.destroyed, new Set());
  // One message with entries for both: each is told where it stands.
  const mixed = await logs.append([
    { entry: permit(2, december), pairing: { kind: "opens", rid: requestId(2) } },
    { entry: outcome(1, december), pairing: { kind: "closes", rid: requestId(1) } },
    { entry: refusal(3, december), pairing: { kind: "none" } },
  ]);
  assert.deepEqual(mixed, [
    { origin: originOf("2026-12"), firstIndex: 1, count: 1 },
    { origin: originOf("2026-11"), firstIndex: 2, count: 1 },
    { origin: originOf("2026-12"), firstIndex: 2, count: 1 },
  ]);
  await logs.tick();
  assert.deepEqual(world.keys.destroyed, new Set(["2026-11"]));
  await finish(world, logs, 2);
  await logs.close();
  const closed = (await world.entries("2026-11")).at(-1);
  const { origin, key } = { origin: originOf("2026-12"), key: formatNoteKey(signerOf("2026-12").key) };
  assert.ok(closed?.t === "closed");
  assert.deepEqual(closed.next, { origin, key });
  const [opened] = await world.entries("2026-12");
  assert.ok(opened?.t === "opened");
  assert.equal(opened.previous?.origin, originOf("2026-11"));
  // As it was published when the new one began, with one request under way.
  assert.equal(opened.previous?.size, 2);
});

test("a request that outlives its month by a quarter of an hour has the outcome unknown, and its own comes too late", async () => {
  const world = new World();
  const logs = await world.open();
  await decide(world, logs, 1);
  world.passUntil(december);
  await logs.tick();
  world.pass(15 * minuteMs - 1);
  await logs.tick();
  assert.deepEqual(world.keys.destroyed, new Set());
  world.pass(1);
  await logs.tick();
  assert.deepEqual(world.keys.destroyed, new Set(["2026-11"]));
  assert.deepEqual(await finish(world, logs, 1), [{ origin: null, firstIndex: 0, count: 1 }]);
  await logs.close();
  const [unknown, closed] = (await world.entries("2026-11")).slice(-2);
  assert.ok(unknown?.t === "outcome" && unknown.result === "unknown" && closed?.t === "closed");
});

test("a wall clock that is set an hour forward or back leaves the log of the month before its quarter of an hour, and its key until the clocks agree", async () => {
  for (const stepMinutes of [60, -60]) {
    const world = new World();
    const logs = await world.open();
    await decide(world, logs, 1);
    world.passUntil(december);
    await logs.tick();
    world.nowMs += stepMinutes * minuteMs;
    for (const ms of [0, 15 * minuteMs - 1, 1, 15 * minuteMs]) {
      world.pass(ms);
      await logs.tick();
    }
    assert.deepEqual(world.keys.destroyed, new Set());
    world.nowMs -= stepMinutes * minuteMs;
    await logs.tick();
    assert.deepEqual(world.keys.destroyed, new Set());
    world.pass(settlingMs);
    await logs.tick();
    assert.deepEqual(world.keys.destroyed, new Set(["2026-11"]));
    await logs.close();
    await world.entries("2026-11");
  }
});

test("a month begins with the quarantines that stand, in a log that verifies, and a start finds them in it alone", async () => {
  const world = new World();
  const logs = await world.open();
  assert.equal(logs.quarantines.length, 0);
  for (const endpoint of ["fra-1", "fra-2"]) await say(world, logs, "quarantine", endpoint);
  await say(world, logs, "release", "fra-2");
  const [standing, ...others] = logs.quarantines;
  assert.deepEqual([standing?.endpoint, standing?.rid, others], ["fra-1", requestId(7), []]);
  world.passUntil(december);
  await logs.tick();
  assert.deepEqual(logs.quarantines, [standing], "since when is not another time because a month ended");
  await logs.tick();
  await logs.close();
  const [opened, repeated, ...rest] = await world.entries("2026-12");
  assert.equal(opened?.t, "opened");
  assert.ok(repeated?.t === "quarantine");
  assert.deepEqual([repeated.endpoint, repeated.rid, rest], ["fra-1", requestId(7), []]);
  assert.equal((await world.entries("2026-11")).at(-1)?.t, "closed");

  for (const gone of ["/ledger/log/2026-11", "/ledger/state/2026-11"]) await world.disk.removeTree(gone);
  const again = await world.open();
  assert.deepEqual(again.quarantines, [standing]);
  await again.close();
  const entries = await world.entries("2026-12");
  assert.equal(entries.filter(({ t }) => t === "quarantine").length, 1, "each month repeats it once");
});

test("a quarantine stands after months in which the cell did not run, and one that was released does not come back", async () => {
  const world = new World();
  const logs = await world.open();
  for (const endpoint of ["fra-1", "fra-2"]) await say(world, logs, "quarantine", endpoint);
  await decide(world, logs, 1);
  world.passUntil(december);
  await logs.tick();
  // November is still open, for a request is under way, and says that both are in quarantine.
  await say(world, logs, "release", "fra-2");
  await logs.close();
  const january = await reopened(world, Date.UTC(2027, 0, 5));
  assert.deepEqual(endpointsOf(january), ["fra-1"]);
  await say(world, january, "release", "fra-1");
  await january.close();
  const march = await reopened(world, Date.UTC(2027, 2, 5));
  assert.deepEqual(endpointsOf(march), []);
  await march.close();
  for (const month of ["2026-11", "2026-12", "2027-01", "2027-03"] as const) await world.entries(month);
});

test("a log whose quarantines nobody can know any more is not followed by another", async () => {
  for (const lost of ["/ledger/state/2026-11/signed", "/ledger/state/2026-11"]) {
    const world = new World();
    const logs = await world.open();
    await say(world, logs, "quarantine", "fra-1");
    await logs.close();
    await world.disk.removeTree(lost);
    await assert.rejects(reopened(world, december), /`\S+signed` is missing, but the log has published/);
  }
});

test("what is said of an endpoint while a month begins stands in the new one", async () => {
  const world = new World();
  const logs = await world.open();
  await say(world, logs, "quarantine", "fra-2");
  world.passUntil(december);
  const rotated = logs.tick();
  await Promise.all([rotated, say(world, logs, "quarantine", "fra-1"), say(world, logs, "release", "fra-2")]);
  assert.deepEqual(endpointsOf(logs), ["fra-1"]);
  await logs.tick();
  await logs.close();
  const again = await world.open();
  assert.deepEqual(endpointsOf(again), ["fra-1"]);
  await again.close();
});

test("an outcome that is on its way when its log ends is not told to be unknown as well", async () => {
  const world = new World();
  const logs = await world.open();
  await decide(world, logs, 1);
  world.passUntil(december);
  await logs.tick();
  world.pass(16 * minuteMs);
  const [ended, outcomes] = await Promise.all([logs.tick(), finish(world, logs, 1)]);
  assert.equal(ended, undefined);
  assert.equal(outcomes[0]?.origin, originOf("2026-11"));
  await logs.close();
  assert.equal((await world.entries("2026-11")).filter(({ t }) => t === "outcome").length, 1);
});

test("a cell that is stopped over the end of the month ends the old log when it starts again", async () => {
  const world = new World();
  const before = await world.open();
  await decide(world, before, 1);
  await before.close();
  world.passUntil(december);
  const after = await world.open();
  assert.deepEqual(world.keys.destroyed, new Set(["2026-11"]));
  await after.close();
  const kinds = (await world.entries("2026-11")).map(({ t }) => t);
  assert.deepEqual(kinds, ["opened", "decision", "opened", "outcome", "closed"]);
  assert.deepEqual(
    (await world.entries("2026-12")).map(({ t }) => t),
    ["opened"],
  );
});

test("months in which the cell did not run have no log, and the ones around them are bound together", async () => {
  const world = new World();
  await (await world.open()).close();
  world.passUntil(Date.UTC(2027, 2, 3));
  const logs = await world.open();
  // After so long, only a witness can say that it is March.
  world.time.noteWitnessed("w", world.nowMs);
  await logs.tick();
  await logs.tick();
  await logs.close();
  const closed = (await world.entries("2026-11")).at(-1);
  assert.ok(closed?.t === "closed");
  assert.equal(closed.next?.origin, originOf("2027-03"));
  const [opened] = await world.entries("2027-03");
  assert.ok(opened?.t === "opened");
  assert.deepEqual(opened.previous?.origin, originOf("2026-11"));
  assert.deepEqual(await world.disk.list("/ledger/log"), ["2026-11", "2027-03"]);
});

test("a log that has ended is left as it is by every later start", async () => {
  const world = new World();
  await (await world.open()).close();
  world.passUntil(december);
  await (await world.open()).close();
  const files = ["/ledger/log/2026-11/checkpoint", "/ledger/state/2026-11/signed"];
  const before = await Promise.all(files.map((file) => world.disk.read(file)));
  await (await world.open()).close();
  assert.deepEqual(await Promise.all(files.map((file) => world.disk.read(file))), before);
});

test("a cell that slept over two months ends the logs in their order", async () => {
  const world = new World();
  const logs = await world.open();
  await decide(world, logs, 1);
  world.passUntil(december);
  await logs.tick();
  world.passUntil(Date.UTC(2027, 0, 1));
  await logs.tick();
  await logs.tick();
  assert.deepEqual([...world.keys.destroyed], ["2026-11", "2026-12"]);
  await logs.close();
  for (const month of ["2026-11", "2026-12", "2027-01"] as const) await world.entries(month);
});

async function reopened(world: World, nowMs: number): Promise<RotatingLog> {
  world.passUntil(nowMs);
  const logs = await world.open();
  // No witness says how long the cell did not run, so a person does.
  world.time.accept();
  await logs.tick();
  return logs;
}

function endpointsOf({ quarantines }: RotatingLog): readonly string[] {
  return quarantines.map(({ endpoint }) => endpoint);
}

async function say(
  { nowMs }: World,
  logs: RotatingLog,
  t: "quarantine" | "release",
  endpoint: string,
): Promise<readonly Run[]> {
  const [{ v, n, cell }] = endpointEntries(1);
  const entry = { v, n, cell, ts: nowMs, t, endpoint: endpoint as EndpointId, rid: requestId(7) };
  return append(logs, encodeEntry(entry), { kind: "endpoint" });
}

async function decide({ nowMs }: World, logs: RotatingLog, number: number): Promise<readonly Run[]> {
  return append(logs, permit(number, nowMs), { kind: "opens", rid: requestId(number) });
}

async function finish({ nowMs }: World, logs: RotatingLog, number: number): Promise<readonly Run[]> {
  return append(logs, outcome(number, nowMs), { kind: "closes", rid: requestId(number) });
}

function append(logs: RotatingLog, entry: Uint8Array, pairing: Pairing): Promise<readonly Run[]> {
  return logs.append([{ entry, pairing }]);
}

function permit(number: number, ts: number): Uint8Array {
  return encodeEntry({ ...decisionEntry(number), ts });
}

function refusal(number: number, ts: number): Uint8Array {
  return encodeEntry({ ...decisionEntry(number), ts, verdict: "refuse", error: "caller_rate_limited" });
}

/** Of a decision that stands after the opening. */
function outcome(number: number, ts: number): Uint8Array {
  return encodeEntry({ ...outcomeEntry(number, 1, requestId(number)), ts });
}
