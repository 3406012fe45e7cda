import assert from "node:assert/strict";
import { test } from "node:test";
import { momentAt } from "../../../test/support/moment-at.ts";
import { dayMs, type MonotonicMs } from "../../base/index.ts";
import { AgreedTime, type ClockState, settlingMs } from "./agreed-time.ts";

const start = Date.UTC(2026, 10, 29, 12);
const minuteMs = 60_000;

/** Clocks that the test winds. */
class World {
  wallMs: number;
  steadyMs = 5_000;
  steadyLookCount = 0;
  readonly time: AgreedTime;

  constructor(wallMs: number = start) {
    this.wallMs = wallMs;
    this.time = new AgreedTime({ now: () => this.wallMs, steadyNow: () => this.#steadyNow() });
  }

  #steadyNow(): MonotonicMs {
    this.steadyLookCount++;
    return momentAt(this.steadyMs);
  }

  /** Looks each second, as the ledger thread does. */
  pass(ms: number): ClockState {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.wallMs += 1_000;
      this.steadyMs += 1_000;
      this.time.check();
    }
    return this.time.check();
  }

  /** Looks at once. */
  set(byMs: number): ClockState {
    this.wallMs += byMs;
    return this.time.check();
  }
}

for (const { what, byMs } of [
  { what: "400 days ahead", byMs: 400 * dayMs },
  { what: "five days ahead", byMs: 5 * dayMs },
  { what: "11 s ahead", byMs: 11_000 },
  { what: "30 s back", byMs: -30_000 },
  { what: "to 1970", byMs: -start },
]) {
  test(`a wall clock that is set ${what} holds at once, and settled time stands until the clocks have agreed for a while`, () => {
    const world = new World();
    const before = world.pass(minuteMs);
    assert.deepEqual([before.reading, before.isHeld, before.settledMs], ["agreed", false, world.wallMs]);
    const wrong = world.set(byMs);
    assert.deepEqual([wrong.reading, wrong.byMs], [byMs > 0 ? "ahead" : "behind", Math.abs(byMs)]);
    assert.deepEqual([wrong.isHeld, wrong.settledMs], [true, before.settledMs]);
    // However long it is wrong: nobody but the clock itself says that it is right.
    assert.equal(world.pass(2 * settlingMs).settledMs, before.settledMs);
    const back = world.set(-byMs);
    assert.deepEqual([back.reading, back.isHeld, back.settledMs], ["agreed", true, before.settledMs]);
    assert.ok(world.pass(settlingMs - 1_000).isHeld);
    const settled = world.pass(1_000);
    assert.deepEqual([settled.isHeld, settled.settledMs], [false, world.wallMs]);
  });
}

test("a clock that is wrong again while it settles begins anew", () => {
  const world = new World();
  world.pass(minuteMs);
  for (let again = 0; again < 3; again++) {
    world.set(dayMs);
    world.set(-dayMs);
    assert.ok(world.pass(settlingMs - 1_000).isHeld);
  }
});

test("slewing, a smeared and a stepped leap second, and a machine that slept hold nothing", () => {
  const world = new World();
  world.pass(minuteMs);
  // 500 ppm, the most that a kernel slews, for three hours.
  for (let second = 0; second < 3 * 3_600; second++) {
    world.wallMs += 0.5;
    assert.ok(!world.pass(1_000).isHeld);
  }
  assert.ok(!world.set(-1_000).isHeld);
  // Eight hours: the steady clock counts them too.
  world.wallMs += 8 * 60 * minuteMs;
  world.steadyMs += 8 * 60 * minuteMs;
  assert.ok(!world.time.check().isHeld);
});

test("a clock that is stolen from in small steps is found out", () => {
  const world = new World();
  world.pass(minuteMs);
  const held = Array.from({ length: 10 }, () => {
    world.set(5_000);
    return world.pass(1_000).isHeld;
  });
  assert.ok(held.includes(true));
});

test("a cell that starts with a clock before its log's last entry holds, and goes on when the clock is right", () => {
  const world = new World(start - dayMs);
  world.time.noteRecorded(start);
  const { reading, byMs, isHeld, settledMs } = world.time.check();
  assert.deepEqual([reading, byMs, isHeld, settledMs], ["behind", dayMs, true, start - dayMs]);
  assert.ok(!world.set(dayMs).isHeld);
});

test("a cell that starts within an hour of its log's last entry is believed, and one that starts later wants a witness", () => {
  const soon = new World(start + 60 * minuteMs);
  soon.time.noteRecorded(start);
  assert.ok(!soon.time.check().isHeld);
  const late = new World(start + 61 * minuteMs);
  late.time.noteRecorded(start);
  const { reading, byMs, settledMs } = late.time.check();
  assert.deepEqual([reading, byMs, settledMs], ["ahead", 61 * minuteMs, start]);
  late.pass(dayMs);
  late.time.noteWitnessed("w", late.wallMs - 1_000);
  assert.deepEqual([late.time.check().isHeld, late.time.check().settledMs], [false, late.wallMs]);
});

test("a cell's first start has nothing to be held against", () => {
  assert.deepEqual(new World().time.check(), {
    reading: "agreed",
    byMs: 0,
    isHeld: false,
    settledMs: start,
    correctedCount: 0,
  });
});

test("a clock that was put right is believed after a while if most witnesses say the same", () => {
  const world = new World();
  world.time.noteWitnessed("a", world.wallMs + 3 * dayMs);
  assert.equal(world.time.check().reading, "behind");
  world.time.noteWitnessed("b", world.wallMs);
  // One against one is no majority.
  assert.ok(world.time.check().isHeld);
  world.time.noteWitnessed("c", world.wallMs);
  world.pass(settlingMs);
  assert.ok(!world.time.check().isHeld);
  const stepped = world.set(60_000);
  assert.deepEqual([stepped.reading, stepped.isHeld], ["ahead", true]);
  assert.ok(!world.pass(settlingMs).isHeld, "the witnesses confirm it within their tolerance");
});

test("witnesses that say another time hold a cell whose own clocks agree, and no person outweighs them", () => {
  const world = new World();
  world.pass(minuteMs);
  for (const witness of ["a", "b"]) world.time.noteWitnessed(witness, world.wallMs - 5 * dayMs);
  assert.deepEqual([world.time.check().reading, world.time.check().byMs], ["ahead", 5 * dayMs]);
  assert.ok(world.time.accept().isHeld);
});

test("a person's word is enough where no witness differs, also against the log", () => {
  const jumped = new World();
  jumped.pass(minuteMs);
  assert.ok(jumped.set(3 * 60 * minuteMs).isHeld);
  const { isHeld, settledMs } = jumped.time.accept();
  assert.deepEqual([isHeld, settledMs], [false, jumped.wallMs]);
  assert.ok(jumped.set(-dayMs).isHeld, "and the next jump holds again");
  const behind = new World(start - dayMs);
  behind.time.noteRecorded(start);
  assert.ok(behind.time.check().isHeld);
  assert.ok(!behind.time.accept().isHeld);
});

test("a batch of entries costs one look at the steady clock, whatever there is to compare with", () => {
  const world = new World();
  world.pass(minuteMs);
  world.time.noteRecorded(start);
  for (const witness of ["a", "b", "c"]) world.time.noteWitnessed(witness, world.wallMs);
  for (const byMs of [0, dayMs]) {
    world.wallMs += byMs;
    const before = world.steadyLookCount;
    world.time.dating();
    assert.equal(world.steadyLookCount - before, 1);
  }
});

test("dates do not go back, are not ahead, and go by the steady clock while the wall clock is wrong", () => {
  const world = new World();
  world.pass(minuteMs);
  const right = world.wallMs;
  const date = (stampMs: number, newestMs: number): number => world.time.dating()(stampMs, newestMs);
  assert.equal(date(right - 3, right - 5), right - 3);
  assert.equal(date(right - 3, right), right);
  assert.equal(world.time.check().correctedCount, 0);
  for (const byMs of [400 * dayMs, -5 * dayMs]) {
    world.wallMs = right + byMs;
    assert.equal(date(world.wallMs, right), right);
    world.wallMs += 4_000;
    world.steadyMs += 4_000;
    assert.equal(date(world.wallMs, right), right + 4_000);
    world.steadyMs -= 4_000;
  }
  world.wallMs = right;
  assert.equal(date(right + 400 * dayMs, right), right, "made while it was wrong, appended afterwards");
  assert.equal(world.time.check().correctedCount, 5);
});
