import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { gatherLines } from "./gathered-lines.ts";
import { openLineOutput } from "./line-output.ts";

test("the lines of one turn leave in one write, in their order, at its end or when they are flushed", async () => {
  const writes: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      writes.push(chunk.toString());
      done();
    },
  });
  const lines = gatherLines(openLineOutput(stream));
  lines.write("a\n");
  lines.write("b\n");
  assert.deepEqual(writes, []);
  await turn();
  lines.write("c\n");
  lines.flush();
  await turn();
  assert.deepEqual(writes, ["a\nb\n", "c\n"]);
});

test("lines may be gathered over turns, and are not kept longer than that", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const writes: string[] = [];
  const lines = gatherLines({ write: (text) => void writes.push(text), droppedCount: 0 }, 20);
  for (const line of ["a\n", "b\n", "c\n"]) {
    lines.write(line);
    await turn();
  }
  t.mock.timers.tick(19);
  assert.deepEqual(writes, []);
  t.mock.timers.tick(1);
  assert.deepEqual(writes, ["a\nb\nc\n"]);
});

test("each line of a write that nobody takes counts as dropped", async () => {
  const stream = new Writable({
    autoDestroy: false,
    write: (_chunk, _encoding, done) => done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
  });
  const output = openLineOutput(stream);
  const lines = gatherLines(output);
  for (let count = 0; count < 3; count++) lines.write("a line\n");
  await turn();
  await turn();
  assert.equal(output.droppedCount, 3);
});
