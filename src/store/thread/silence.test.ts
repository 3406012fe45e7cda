import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonotonicMs } from "../../base/index.ts";
import { Silence } from "./silence.ts";

function lookEvery(stepMs: number, marks: readonly (number | null)[]): number {
  const silence = new Silence();
  return marks.reduce<number>((_, mark, at) => silence.look(mark, (at * stepMs) as MonotonicMs), 0);
}

test("silence lasts from the first look at what does not change, and ends with progress or with nothing to wait for", () => {
  assert.equal(lookEvery(250, [7, 7, 7, 7, 7]), 1_000);
  assert.equal(lookEvery(250, [7, 7, 7, 7, 8]), 0);
  assert.equal(lookEvery(250, [7, 7, null, 7, 7]), 250);
  assert.equal(lookEvery(250, [null, null, null]), 0);
});

test("a process that was stopped for an hour does not take its own sleep for another's silence", () => {
  assert.equal(lookEvery(3_600_000, [7, 7]), 1_000);
});
