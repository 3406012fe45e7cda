import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import { type LeastPace, StreamPace } from "./stream-pace.ts";

interface Piece {
  /** How long the engine was waited for, and then how long the caller was. */
  readonly engineMs: number;
  readonly callerMs: number;
  readonly events: number;
}

/** Which piece is the first that makes it too slow; null: none. */
function slowAt(least: LeastPace, pieces: readonly Piece[]): number | null {
  const pace = new StreamPace(least);
  let nowMs = 0;
  for (const [index, { engineMs, callerMs, events }] of pieces.entries()) {
    pace.ask(momentAt(nowMs));
    nowMs += engineMs;
    if (pace.isTooSlow(events, momentAt(nowMs))) return index;
    nowMs += callerMs;
  }
  return null;
}

const least = { events: 5, inMs: 1_000 };
const piece = { engineMs: 100, callerMs: 0, events: 1 };

test("a stream that stays below the pace is too slow once the time is over", () => {
  const slow = { ...piece, engineMs: 300 };
  assert.equal(
    slowAt(
      least,
      Array.from({ length: 10 }, () => slow),
    ),
    3,
  );
});

test("a stream at the pace goes on, and one that becomes slow later does not", () => {
  const quick = Array.from({ length: 100 }, () => piece);
  assert.equal(slowAt(least, quick), null);
  assert.notEqual(
    slowAt(least, [...quick, ...Array.from({ length: 10 }, () => ({ ...piece, engineMs: 300 }))]),
    null,
  );
});

test("comments are signs of life and no events", () => {
  assert.equal(
    slowAt(
      least,
      Array.from({ length: 20 }, () => ({ ...piece, events: 0 })),
    ),
    9,
  );
});

test("however slowly its caller reads, a stream whose engine keeps the pace is never too slow", () => {
  const pieces = fc.array(
    fc.record({
      // Five events take 995 ms at most.
      engineMs: fc.integer({ min: 0, max: 199 }),
      callerMs: fc.integer({ min: 0, max: 100_000 }),
      events: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: 200 },
  );
  fc.assert(fc.property(pieces, (each) => assert.equal(slowAt(least, each), null)));
});
