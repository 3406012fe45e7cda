import assert from "node:assert/strict";
import { test } from "node:test";
import { retainedMiB } from "../../../test/support/retained-memory.ts";
import { requestId } from "../../../test/support/ledger-entries.ts";
import { ClientDecisions } from "./client-decisions.ts";

test("a client that has sent any number of messages takes no more memory than one that has sent a few", async () => {
  const decisions = new ClientDecisions();
  const send = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent++) await decisions.during([], Promise.resolve([]));
  };
  await send(1_000);
  const before = retainedMiB();
  await send(100_000);
  const grown = retainedMiB() - before;
  assert.ok(grown < 4, `${grown.toFixed(1)} MiB for 100,000 messages`);
  assert.deepEqual(await decisions.left(), []);
});

test("what a client left is told once all that it sent has come to an end, in whatever order and however", async () => {
  const decisions = new ClientDecisions();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const pairing = { kind: "opens", rid: requestId(1) } as const;
  void decisions.during([{ entry: new Uint8Array(), pairing }], first.promise);
  void decisions.during([], second.promise).catch(() => undefined);
  let isTold = false;
  const left = decisions.left().finally(() => (isTold = true));
  second.reject(new Error("the disk is full"));
  await new Promise(setImmediate);
  assert.equal(isTold, false);
  first.resolve();
  assert.deepEqual(await left, [requestId(1)]);
});
