import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { passingTime } from "../../test/support/passing-time.ts";
import { monotonicNow } from "./clocks.ts";
import { Deadlines, type Timed } from "./deadlines.ts";

test("each is told when it is due, in whatever order it came, and not before", async (t) => {
  const { deadlines, pass } = passingTime(t);
  const told: string[] = [];
  for (const [name, seconds] of [
    ["c", 30],
    ["a", 5],
    ["b", 10],
  ] as const)
    deadlines.add(timed(deadlines, seconds, () => told.push(name)));
  await pass(4);
  assert.deepEqual(told, []);
  await pass(2);
  assert.deepEqual(told, ["a"]);
  await pass(30);
  assert.deepEqual(told, ["a", "b", "c"]);
});

test("what is put off is told later, what is hurried is told sooner, and what is taken back is not told", async (t) => {
  const { deadlines, pass } = passingTime(t);
  const told: string[] = [];
  const late = timed(deadlines, 5, () => told.push("late"));
  const soon = timed(deadlines, 60, () => told.push("soon"));
  const gone = timed(deadlines, 7, () => told.push("gone"));
  for (const each of [late, soon, gone]) deadlines.add(each);
  late.dueAtMs = deadlines.after(20_000);
  soon.dueAtMs = deadlines.after(6_000);
  deadlines.notice(soon);
  deadlines.delete(gone);
  await pass(10);
  assert.deepEqual(told, ["soon"]);
  await pass(20);
  assert.deepEqual(told, ["soon", "late"]);
});

test("a deadline of years does not fire at once, nor does one that is never", async (t) => {
  const { deadlines, pass } = passingTime(t);
  let told = 0;
  for (const seconds of [10 ** 8, Infinity]) deadlines.add(timed(deadlines, seconds, () => told++));
  await pass(60);
  assert.equal(told, 0);
});

test("what came while the process was held up is heard before anybody is blamed for it", async () => {
  const deadlines = new Deadlines(monotonicNow);
  const seen: string[] = [];
  const each = timed(deadlines, 0.02, () => seen.push("due"));
  deadlines.add(each);
  // Its timer is due when the loop goes on, and so is what a socket has brought meanwhile.
  const heard = new Promise<void>((resolve) => {
    process.nextTick(() => {
      const end = monotonicNow() + 60;
      while (monotonicNow() < end);
      setImmediate(() => {
        seen.push("heard");
        each.dueAtMs = deadlines.after(1_000);
        resolve();
      });
    });
  });
  await heard;
  await delay(30);
  assert.deepEqual(seen, ["heard"]);
});

function timed(deadlines: Deadlines, seconds: number, tell: () => unknown): Timed & { dueAtMs: number } {
  const each = {
    dueAtMs: deadlines.after(seconds * 1_000),
    onDue() {
      each.dueAtMs = Infinity;
      tell();
    },
  };
  return each;
}
