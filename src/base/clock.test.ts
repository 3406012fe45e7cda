import assert from "node:assert/strict";
import { test } from "node:test";
import { monotonicNow } from "../clock/index.ts";
import {
  elapsedMs,
  formatInstant,
  type InstantMs,
  later,
  type MonotonicClock,
  type WallClock,
} from "./index.ts";

const wall: WallClock = () => 1_795_000_000_000;
const monotonic: MonotonicClock = monotonicNow;
const start = monotonic();

test("a moment that is later by some milliseconds lies that far from the first", () => {
  assert.equal(elapsedMs(start, later(start, 0)), 0);
  assert.ok(Math.abs(elapsedMs(start, later(start, 1_500)) - 1_500) < 0.001);
});

test("the compiler takes neither clock for the other, nor a plain number for a measure", () => {
  const instant: InstantMs = 1_795_000_000_000;
  // @ts-expect-error -- a monotonic clock does not date
  const dating: WallClock = monotonic;
  // @ts-expect-error -- a wall clock does not measure
  const measuring: MonotonicClock = wall;
  // @ts-expect-error -- a measure is no date
  formatInstant(start);
  // @ts-expect-error -- a date is no measure
  elapsedMs(instant, start);
  // @ts-expect-error -- a plain number is no measure
  later(0, 1_000);
  assert.ok(dating() >= 0 && measuring() > 0);
});
