import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as assertProperty, boolean, nat, property, record } from "fast-check";
import { dayMs } from "../../base/index.ts";
import { hourMs, HourlyCalls } from "./hourly-calls.ts";

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 10, 20, 10);
const afterAll = startMs + dayMs;

/** An attempt of that hour, ten seconds long, at its minute. */
function attemptAt(hour: number, minute: number): { fromMs: number; untilMs: number } {
  const fromMs = startMs + hour * hourMs + minute * minuteMs;
  return { fromMs, untilMs: fromMs + 10_000 };
}

test("calls of an hour that are more than the attempts which may be among them are nobody's", () => {
  const hours = new HourlyCalls();
  for (const minute of [5, 6, 7]) hours.addCall("europe-west1", startMs + minute * minuteMs);
  hours.addAttempt({ location: "europe-west1", ...attemptAt(0, 5), isServed: true });
  const [hour, ...others] = hours.unevenHours(afterAll);
  assert.deepEqual(others, []);
  assert.deepEqual(hour, {
    location: "europe-west1",
    startMs,
    loggedCount: 3,
    attemptCount: 1,
    surplusCount: 2,
    missingCount: 0,
  });
});

test("an attempt that lasted over the turn of an hour may be a call of either, and is missing in none", () => {
  const hours = new HourlyCalls();
  hours.addCall("eu", startMs - 2 * hourMs);
  hours.addCall("eu", startMs + hourMs - 1);
  hours.addCall("eu", startMs + 3 * hourMs);
  const span = { fromMs: startMs + hourMs - 1, untilMs: startMs + hourMs + 30_000 };
  hours.addAttempt({ location: "eu", ...span, isServed: true });
  const told = hours.unevenHours(afterAll).map(({ startMs: at }) => (at - startMs) / hourMs);
  assert.deepEqual(told, [-2, 3]);
});

test("an attempt by whose clocks it may be another hour is of both", () => {
  const hours = new HourlyCalls();
  hours.addCall("eu", startMs - 1);
  hours.addAttempt({ location: "eu", fromMs: startMs + 1, untilMs: startMs + 10, isServed: true });
  assert.deepEqual(hours.unevenHours(afterAll), []);
});

test("attempts that were served are missing in an hour that the log covers whole, and in no other", () => {
  const hours = new HourlyCalls();
  hours.addCall("eu", startMs + 5 * minuteMs);
  hours.addCall("eu", startMs + 2 * hourMs + 5 * minuteMs);
  for (const hour of [0, 1, 2])
    for (const minute of [5, 6])
      hours.addAttempt({ location: "eu", ...attemptAt(hour, minute), isServed: true });
  hours.addAttempt({ location: "eu", ...attemptAt(1, 7), isServed: false });
  const [hour, ...others] = hours.unevenHours(afterAll);
  assert.deepEqual([others, hour?.startMs], [[], startMs + hourMs]);
  assert.deepEqual([hour?.loggedCount, hour?.attemptCount, hour?.missingCount], [0, 3, 2]);
});

test("hours that have not ended by a moment are not compared, and their calls are counted", () => {
  const hours = new HourlyCalls();
  hours.addCall("eu", startMs);
  hours.addCall("eu", startMs + hourMs);
  assert.deepEqual([hours.unevenHours(startMs + hourMs).length, hours.countAfter(startMs + hourMs)], [1, 1]);
});

test("an attempt that is said to have lasted for years is of one day's hours", () => {
  const hours = new HourlyCalls();
  hours.addCall("eu", startMs - 2 * dayMs);
  hours.addCall("eu", startMs);
  hours.addAttempt({ location: "eu", fromMs: 0, untilMs: startMs, isServed: true });
  assert.deepEqual(
    hours.unevenHours(afterAll).map(({ startMs: at }) => at),
    [startMs - 2 * dayMs],
  );
});

const attempts = array(
  record({ atMs: nat(4 * hourMs), lastedMs: nat(hourMs), delayMs: nat(minuteMs), isServed: boolean() }),
  { maxLength: 30 },
);

test("where each attempt was logged once while it lasted, by a clock that differs by a minute, nothing is uneven", () => {
  assertProperty(
    property(attempts, (made) => {
      const hours = new HourlyCalls();
      for (const { atMs, lastedMs, delayMs, isServed } of made) {
        const fromMs = startMs + atMs;
        hours.addAttempt({ location: "eu", fromMs, untilMs: fromMs + lastedMs, isServed });
        hours.addCall("eu", fromMs + Math.min(lastedMs, delayMs) - (delayMs % 2 === 0 ? minuteMs : 0));
      }
      assert.deepEqual(hours.unevenHours(afterAll), []);
    }),
  );
});
