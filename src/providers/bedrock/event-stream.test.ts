import assert from "node:assert/strict";
import { test } from "node:test";
import { chunkFrame } from "../../../test/support/event-stream-frame.ts";
import { FrameReader, FramingError } from "./event-stream.ts";

const frames = ["a", "b".repeat(5_000), ""].map((text) => chunkFrame({ type: "x", text }));
const stream = Buffer.concat(frames);

for (const pieceBytes of [1, 7, 16, 4_096, stream.length]) {
  test(`messages are the same however they come: ${pieceBytes} bytes at a time, which are overwritten`, () => {
    const reader = new FrameReader(1_000_000);
    const payloads: string[] = [];
    for (let at = 0; at < stream.length; at += pieceBytes) {
      const piece = Buffer.from(stream.subarray(at, at + pieceBytes));
      for (const { payload } of reader.push(piece)) payloads.push(Buffer.from(payload).toString());
      piece.fill(0);
    }
    assert.deepEqual(
      payloads,
      frames.map((frame) => payloadOf(frame).toString()),
    );
    assert.equal(reader.isAmid, false);
  });
}

test("a message that is longer than an event may be is refused when its length has come", () => {
  const [, long = Buffer.alloc(0)] = frames;
  assert.equal(Array.from(new FrameReader(long.length).push(long)).length, 1);
  const reader = new FrameReader(long.length - 1);
  assert.throws(() => reader.push(long.subarray(0, 12)).next(), FramingError);
});

function payloadOf(frame: Buffer): Buffer {
  return frame.subarray(12 + frame.readUInt32BE(4), -4);
}
