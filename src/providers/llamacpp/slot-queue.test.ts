import assert from "node:assert/strict";
import { test } from "node:test";
import { SlotQueue } from "./slot-queue.ts";

const never = new AbortController().signal;

test("whoever asked first gets the next free slot", async () => {
  const queue = new SlotQueue(["only"], 8);
  const slot = await queue.acquire(never);
  const served: number[] = [];
  const waiting = [1, 2, 3].map(async (turn) => {
    const taken = await queue.acquire(never);
    served.push(turn);
    queue.release(taken);
  });
  queue.release(slot);
  await Promise.all(waiting);
  assert.deepEqual(served, [1, 2, 3]);
});

test("who leaves the queue takes no slot with them", async () => {
  const queue = new SlotQueue(["only"], 8);
  const slot = await queue.acquire(never);
  const leaving = new AbortController();
  const left = queue.acquire(leaving.signal);
  const next = queue.acquire(never);
  const reason = new Error("left");
  leaving.abort(reason);
  await assert.rejects(left, reason);
  queue.release(slot);
  assert.equal(await next, "only");
  await assert.rejects(queue.acquire(AbortSignal.abort(reason)), reason);
});

test("a queue is full when its slots and its places are taken", async () => {
  const queue = new SlotQueue(["only"], 1);
  assert.equal(queue.isFull, false);
  const slot = await queue.acquire(never);
  assert.equal(queue.isFull, false);
  const waiting = queue.acquire(never);
  assert.equal(queue.isFull, true);
  queue.release(slot);
  await waiting;
  assert.equal(queue.isFull, false);
});
