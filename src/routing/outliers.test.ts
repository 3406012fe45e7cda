import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "../../test/support/moment-at.ts";
import type { EndpointId } from "../base/index.ts";
import { Outliers } from "./outliers.ts";

interface Does {
  readonly firstTokenMs?: number;
  /** Every so-manieth attempt fails. */
  readonly failsEvery?: number;
  readonly callers?: readonly string[];
}

const well: Does = { firstTokenMs: 80 };

/** Twenty attempts at each, in one second that ends at `nowMs`. */
function show(outliers: Outliers, each: Readonly<Record<string, Does>>, nowMs: number): void {
  for (const [id, { firstTokenMs = 80, failsEvery = 1_000, callers = ["a", "b"] }] of Object.entries(each)) {
    for (let turn = 1; turn <= 20; turn++) {
      const atMs = momentAt(nowMs - 1_000 + turn * 50);
      if (turn % failsEvery === 0) {
        outliers.note(
          id as EndpointId,
          { kind: "failed", caller: callers[turn % callers.length] ?? "a" },
          atMs,
        );
        continue;
      }
      outliers.note(id as EndpointId, { kind: "answered" }, atMs);
      outliers.note(id as EndpointId, { kind: "first-token", ms: firstTokenMs }, atMs);
    }
  }
}

function away(outliers: Outliers, nowMs: number): string {
  return Array.from(outliers.away(momentAt(nowMs))).join(" ");
}

const cases: readonly (readonly [string, Readonly<Record<string, Does>>, string])[] = [
  ["equals", { x: well, y: well, z: well }, ""],
  ["one with much slower first tokens", { x: well, y: well, z: { firstTokenMs: 900 } }, "z"],
  ["one that is somewhat slower", { x: well, y: well, z: { firstTokenMs: 200 } }, ""],
  [
    "one that is many times slower by nothing",
    { x: { firstTokenMs: 1 }, y: { firstTokenMs: 1 }, z: { firstTokenMs: 60 } },
    "",
  ],
  ["one that fails every third caller", { x: well, y: well, z: { failsEvery: 3 } }, "z"],
  [
    "one that fails every third request of one caller alone",
    { x: well, y: well, z: { failsEvery: 3, callers: ["a"] } },
    "",
  ],
  ["all that fail alike", { x: { failsEvery: 3 }, y: { failsEvery: 3 }, z: { failsEvery: 3 } }, ""],
  ["a slow one of two: nobody knows which is the outlier", { x: well, z: { firstTokenMs: 900 } }, ""],
];

for (const [title, each, expected] of cases) {
  test(`${title}: ${expected === "" ? "none is away" : `\`${expected}\` is away`}`, () => {
    const outliers = new Outliers();
    show(outliers, each, 1_000);
    assert.equal(away(outliers, 1_000), expected);
  });
}

test("it comes back after 10 s, is judged by what it shows then, and is away for twice as long if it is as before", () => {
  const outliers = new Outliers();
  const slow = { x: well, y: well, z: { firstTokenMs: 900 } };
  show(outliers, slow, 1_000);
  assert.equal(away(outliers, 1_000), "z");
  assert.equal(away(outliers, 10_900), "z");
  assert.equal(away(outliers, 12_000), "");
  show(outliers, slow, 14_000);
  assert.equal(away(outliers, 14_000), "z");
  assert.equal(away(outliers, 33_000), "z");
  assert.equal(away(outliers, 35_000), "");
  show(outliers, { x: well, y: well, z: well }, 37_000);
  assert.equal(away(outliers, 37_000), "");
});

test("no sequence of one caller's failures makes an outlier", () => {
  const sign = fc.record({
    id: fc.constantFrom("x", "y", "z"),
    isFailure: fc.boolean(),
    byMs: fc.integer({ min: 0, max: 3_000 }),
  });
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 200 }), (signs) => {
      const outliers = new Outliers();
      let nowMs = 0;
      for (const { id, isFailure, byMs } of signs) {
        nowMs += byMs;
        outliers.note(
          id as EndpointId,
          isFailure ? { kind: "failed", caller: "one" } : { kind: "answered" },
          momentAt(nowMs),
        );
        assert.equal(away(outliers, nowMs), "");
      }
    }),
  );
});
