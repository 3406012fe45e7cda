import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AttemptWatch } from "./attempt-watch.ts";

const minute = 60_000;

interface Case {
  readonly title: string;
  /** Which of the probes are answered. */
  readonly answers: readonly number[];
  readonly failure: "silent" | null;
}

const cases: readonly Case[] = [
  { title: "one that nobody answers is left within two minutes", answers: [], failure: "silent" },
  { title: "one that answers now and then keeps the whole deadline", answers: [4, 8, 12, 16], failure: null },
];

for (const { title, answers, failure } of cases) {
  test(`of probes beside a request that waits, ${title}`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let probes = 0;
    const watch = new AttemptWatch({
      outer: new AbortController().signal,
      firstTokenMs: null,
      deadlineMs: 10 * minute,
      isSilent: async () => !answers.includes(++probes),
    });
    for (let second = 0; second < 120; second++) {
      t.mock.timers.tick(1_000);
      await nextTurn();
    }
    assert.equal(watch.failure?.reason ?? null, failure);
    watch.release();
  });
}

test("an answer that has begun is not probed any more, and what ends the dispatch still ends it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const outer = new AbortController();
  let probes = 0;
  const watch = new AttemptWatch({
    outer: outer.signal,
    firstTokenMs: 1_000,
    deadlineMs: minute,
    isSilent: async () => ++probes > 0,
  });
  watch.hasBegun();
  t.mock.timers.tick(minute);
  assert.deepEqual([probes, watch.signal.aborted], [0, false]);
  const reason = new Error("the caller left");
  outer.abort(reason);
  assert.deepEqual([watch.signal.reason, watch.failure], [reason, null]);
});
