import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { SharedScans } from "./shared-scans.ts";

/** Scans that end when they are told to. */
function heldScans(): {
  readonly scans: SharedScans<number>;
  readonly begun: PromiseWithResolvers<number>[];
} {
  const begun: PromiseWithResolvers<number>[] = [];
  const scans = new SharedScans(() => {
    const scan = Promise.withResolvers<number>();
    begun.push(scan);
    return scan.promise;
  });
  return { scans, begun };
}

test("however many ask, one scan of a tenant runs at a time, and who asks meanwhile shares the next", async () => {
  const { scans, begun } = heldScans();
  const first = scans.find("a");
  const others = Array.from({ length: 50 }, () => scans.find("a"));
  await turn();
  assert.equal(begun.length, 1);
  begun[0]?.resolve(1);
  assert.equal(await first, 1);
  await turn();
  assert.equal(begun.length, 2);
  const late = scans.find("a");
  begun[1]?.resolve(2);
  assert.deepEqual(await Promise.all(others), Array<number>(50).fill(2));
  await turn();
  begun[2]?.resolve(3);
  assert.equal(await late, 3);
  const after = scans.find("a");
  assert.equal(begun.length, 4);
  begun[3]?.resolve(4);
  assert.equal(await after, 4);
});

test("a tenant's scan holds up no other tenant's, and one that fails holds up no next one", async () => {
  const { scans, begun } = heldScans();
  const [first, next, other] = [scans.find("a"), scans.find("a"), scans.find("b")];
  assert.equal(begun.length, 2);
  begun[0]?.reject(new Error("the disk is gone"));
  await assert.rejects(first, /the disk is gone/);
  await turn();
  begun[1]?.resolve(1);
  begun[2]?.resolve(2);
  assert.deepEqual([await next, await other], [2, 1]);
});
