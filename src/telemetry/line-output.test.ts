import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { openLineOutput } from "./line-output.ts";

test("lines for a reader that stalls are gathered up to a bound, then dropped and counted, and flow when it reads again", () => {
  const read: string[] = [];
  const pending: (() => void)[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      read.push(chunk.toString());
      pending.push(done);
    },
  });
  const output = openLineOutput(stream, 100);
  for (let count = 0; count < 1_000; count++) output.write("a line\n");
  assert.ok(stream.writableLength <= 100, `${stream.writableLength} bytes are held`);
  assert.equal(output.droppedCount, 1_000 - 14);
  while (stream.writableLength > 0) pending.shift()?.();
  output.write("after\n");
  assert.equal(read.at(-1), "after\n");
  assert.equal(output.droppedCount, 1_000 - 14);
});

for (const code of ["EPIPE", "EAGAIN", "ENOSPC", "EIO"]) {
  test(`a write that fails with ${code} is counted, and ends nothing`, async () => {
    const stream = new Writable({
      autoDestroy: false,
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    });
    const output = openLineOutput(stream);
    output.write("a line\n");
    await turn();
    assert.equal(output.droppedCount, 1);
    output.write("another\n");
  });
}
