import assert from "node:assert/strict";
import { test } from "node:test";
import { passingTime } from "../../../test/support/passing-time.ts";
import { AttemptWatch } from "./attempt-watch.ts";

const minute = 60_000;

interface Case {
  readonly title: string;
  /** Which of the probes are answered. */
  readonly answers: readonly number[];
  readonly failures: readonly string[];
}

const cases: readonly Case[] = [
  { title: "one that nobody answers is left within two minutes", answers: [], failures: ["silent"] },
  { title: "one that answers now and then keeps the whole deadline", answers: [4, 8, 12, 16], failures: [] },
];

for (const { title, answers, failures } of cases) {
  test(`of probes beside a request that waits, ${title}`, async (t) => {
    let probes = 0;
    const { watch, told, pass } = watching(t, {
      deadlineMs: 10 * minute,
      isSilent: async () => !answers.includes(++probes),
    });
    await pass(120);
    assert.deepEqual(told, failures);
    watch.end();
  });
}

test("an answer that has begun is not probed any more, nor late, and is ended by a pause alone", async (t) => {
  let probes = 0;
  const { watch, told, pass } = watching(t, {
    firstTokenMs: 1_000,
    isSilent: async () => ++probes > 0,
  });
  watch.hasBegun();
  await pass(60);
  assert.deepEqual([probes, told], [0, []]);
  watch.expectPiece(20_000);
  await pass(19);
  watch.expectPiece(20_000);
  await pass(19);
  watch.expectNothing();
  await pass(60);
  assert.deepEqual(told, []);
  watch.expectPiece(20_000);
  await pass(60);
  assert.deepEqual(told, ["stalled"]);
});

test("a stream that has not begun in the time that its operator gives it is late, and nothing follows", async (t) => {
  const { watch, told, pass } = watching(t, { firstTokenMs: 5_000, isSilent: async () => true });
  watch.expectPiece(10_000);
  await pass(4);
  assert.deepEqual(told, []);
  await pass(300);
  assert.deepEqual(told, ["first_token_late"]);
});

test("an attempt that has ended is told of nothing, also by a probe that was under way", async (t) => {
  const answered = Promise.withResolvers<boolean>();
  const { watch, told, pass } = watching(t, { firstTokenMs: 5_000, isSilent: () => answered.promise });
  await pass(3);
  watch.end();
  answered.resolve(true);
  await pass(120);
  assert.deepEqual(told, []);
});

type Watched = Partial<ConstructorParameters<typeof AttemptWatch>[0]>;

function watching(t: Parameters<typeof passingTime>[0], some: Watched) {
  const { deadlines, pass } = passingTime(t);
  const told: string[] = [];
  const watch = new AttemptWatch(
    {
      firstTokenMs: null,
      deadlineMs: minute,
      isSilent: async () => false,
      onFailure: ({ reason }) => told.push(reason),
      ...some,
    },
    deadlines,
  );
  return { watch, told, pass };
}
