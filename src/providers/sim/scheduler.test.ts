import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Scheduler } from "./scheduler.ts";
import { instantTiming } from "./timing.ts";

const prompt = (text: string, tokens: number) => Array<string>(tokens).fill(text);
const never = new AbortController().signal;
/** Prefill that lasts until it is aborted, as far as a test can tell. */
const forever = { ...instantTiming, prefillBaseMs: 1_000_000 };

test("the second prompt hits what the first left, and computes its last token itself", async () => {
  const scheduler = new Scheduler(100);
  const cached: number[] = [];
  for (const length of [64, 64, 65, 15, 16, 17]) {
    const sequence = await scheduler.admit(prompt("a", length), instantTiming, never);
    cached.push(sequence.cachedTokens);
    sequence.free();
  }
  assert.deepEqual(cached, [0, 48, 64, 0, 0, 16]);
});

test("an answer that was kept is hit by the next turn", async () => {
  const scheduler = new Scheduler(100);
  const sequence = await scheduler.admit(prompt("a", 10), instantTiming, never);
  sequence.keep(prompt("b", 30));
  sequence.free();
  const next = await scheduler.admit([...prompt("a", 10), ...prompt("b", 30), "c"], instantTiming, never);
  assert.equal(next.cachedTokens, 32);
});

test("prefill is one at a time, in the order of arrival, and leaving lets the next one in", async (t) => {
  const scheduler = new Scheduler(100);
  const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
  t.after(() => first.abort());
  const order: string[] = [];
  const admit = (name: string, caller: AbortController, timing = instantTiming) =>
    scheduler.admit(prompt(name, 20), timing, caller.signal).then(
      () => order.push(name),
      () => order.push(`${name} left`),
    );
  const all = [admit("first", first, forever), admit("second", second), admit("third", third)];
  await nextTurn();
  assert.deepEqual(
    { ...scheduler.counts, heldBlocks: 0 },
    { ...idle, promptTokens: 20, running: 1, waiting: 2 },
  );
  second.abort();
  await all[1];
  assert.deepEqual(order, ["second left"]);
  first.abort();
  await Promise.all(all);
  assert.deepEqual(order, ["second left", "first left", "third"]);
});

test("a request that leaves holds nothing any more", async () => {
  const scheduler = new Scheduler(100);
  const caller = new AbortController();
  const sequence = await scheduler.admit(prompt("a", 33), instantTiming, caller.signal);
  assert.equal(scheduler.counts.heldBlocks, 3);
  for (let token = 0; token < 16; token++) await sequence.decode(instantTiming, caller.signal);
  assert.equal(scheduler.counts.heldBlocks, 4);
  caller.abort();
  await assert.rejects(sequence.decode(instantTiming, caller.signal));
  sequence.free();
  assert.deepEqual(scheduler.counts, { ...idle, promptTokens: 33, generatedTokens: 16 });
});

test("a prompt that was not prefilled to its end is not in the cache", async () => {
  const scheduler = new Scheduler(100);
  const caller = new AbortController();
  const admitted = scheduler.admit(prompt("a", 64), forever, caller.signal);
  caller.abort();
  await assert.rejects(admitted);
  assert.equal((await scheduler.admit(prompt("a", 64), instantTiming, never)).cachedTokens, 0);
});

const idle = { waiting: 0, running: 0, heldBlocks: 0, promptTokens: 0, cachedTokens: 0, generatedTokens: 0 };
