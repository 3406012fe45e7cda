import assert from "node:assert/strict";
import { test } from "node:test";
import { momentAt } from "../../../test/support/moment-at.ts";
import { type MonotonicClock } from "../../base/index.ts";
import { carriedClock, carriedForMs } from "./carried-clock.ts";

/** Clocks that the test winds. */
class World {
  wallMs = Date.UTC(2026, 10, 29);
  monotonicMs = 7_000;
  steadyMs = 5_000;
  readingCount = 0;
  readonly steadyNow: MonotonicClock = carriedClock({
    steadyNow: () => {
      this.readingCount++;
      // As the system's file tells it: in hundredths of a second.
      return momentAt(Math.floor(this.steadyMs / 10) * 10);
    },
    monotonicNow: () => momentAt(this.monotonicMs),
    now: () => this.wallMs,
  });

  pass(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
    this.steadyMs += ms;
  }

  sleep(ms: number): void {
    this.wallMs += ms;
    this.steadyMs += ms;
  }
}

test("a steady clock is read once a second, is right in between, and never goes back", () => {
  const world = new World();
  let before = world.steadyNow();
  for (let passedMs = 0; passedMs < 10 * carriedForMs; passedMs += 7) {
    world.pass(7);
    const present = world.steadyNow();
    assert.ok(present >= before);
    assert.ok(Math.abs(present - world.steadyMs) < 10, `${present} is not ${world.steadyMs}`);
    before = present;
  }
  assert.ok(world.readingCount <= 11, `${world.readingCount} readings`);
});

test("a machine that slept is noticed at the first look", () => {
  const world = new World();
  world.pass(10);
  world.sleep(8 * 3_600_000);
  assert.equal(world.steadyNow(), world.steadyMs);
});

for (const byMs of [60, 86_400_000, -60, -86_400_000]) {
  test(`a wall clock that is set by ${byMs} ms is held against a reading of its own, and moves nothing`, () => {
    const world = new World();
    world.pass(10);
    world.steadyNow();
    const before = world.readingCount;
    world.wallMs += byMs;
    assert.equal(world.steadyNow(), world.steadyMs);
    assert.equal(world.readingCount, before + 1);
  });
}

test("a wall clock that is moved in steps too small to see moves the steady one by nothing", () => {
  const world = new World();
  for (let passedMs = 0; passedMs < 10 * carriedForMs; passedMs += 10) {
    world.pass(10);
    world.wallMs += 5;
    assert.ok(Math.abs(world.steadyNow() - world.steadyMs) < 10);
  }
});
