// When a text is given to the model, and when it is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { call, openTiny, rejectsWith, skip, textOf, whole } from "../../../test/support/tiny-connection.ts";
import { NotPermittedError } from "../provider.ts";

test("a call asks with a slot in hand, and goes once", { skip }, async () => {
  const { connection, seen } = openTiny({ seed: 2 });
  const unread = await Promise.all(
    Array.from({ length: 4 }, () => connection.call(call({}, { isStream: true }))),
  );
  const said: string[] = [];
  const waiting = connection.call(
    call(
      { max_tokens: 1 },
      {
        mayGo: () => said.push("mayGo") > 0,
        onFirstByte: () => void said.push(`onFirstByte after ${seen.promptTokens}`),
      },
    ),
  );
  await nextTurn();
  assert.deepEqual(said, []);
  const before = seen.promptTokens;
  await unread[0]?.body[Symbol.asyncIterator]().return?.();
  assert.equal((await waiting).status, 200);
  assert.deepEqual(said, ["mayGo", `onFirstByte after ${before}`]);
  assert.ok(seen.promptTokens > before);
  await connection.close();
});

test("a call that may not go when its turn comes is computed by nobody", { skip }, async () => {
  const { connection, seen } = openTiny({ seed: 2 });
  for (const isStream of [false, true]) {
    const refused = connection.call(call({}, { isStream, mayGo: () => false, onFirstByte }));
    await assert.rejects(refused, NotPermittedError);
  }
  assert.deepEqual([seen.promptTokens, seen.tokens], [0, 0]);
  // Their slots are free, all four of them and more.
  const answers = await Promise.all(Array.from({ length: 6 }, () => whole(connection, { max_tokens: 1 })));
  assert.equal(answers.length, 6);
});

test("a failure says whether the text was given to the model", { skip }, async () => {
  const before = new AbortController();
  const during = new AbortController();
  const { connection } = openTiny({ seed: 2 }, (tokens) => tokens === 2 && during.abort());
  const left = connection.call(call({}, { signal: before.signal }));
  before.abort();
  assert.equal((await rejectsWith("aborted", () => left)).mayHaveArrived, false);
  const cut = await rejectsWith("aborted", () => connection.call(call({}, { signal: during.signal })));
  assert.equal(cut.mayHaveArrived, true);
});

test(
  "draining answers who has asked, also who waits for the model, and unloads it then",
  { skip },
  async () => {
    const { connection, seen } = openTiny({ seed: 1, script: "law" });
    const answers = Array.from({ length: 6 }, () => whole(connection, {}));
    const drained = connection.drain();
    for (const { choices } of await Promise.all(answers)) assert.equal(choices[0]?.message.content, "law");
    await drained;
    assert.equal(seen.models, 1);
  },
);

test("a close ends a draining at once", { skip }, async () => {
  const { connection } = openTiny({ seed: 2 });
  const unread = await connection.call(call({}, { isStream: true }));
  const drained = connection.drain();
  await connection.close();
  await drained;
  await rejectsWith("aborted", () => textOf(unread));
});

function onFirstByte(): void {
  assert.fail("nothing may leave");
}
