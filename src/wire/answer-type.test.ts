import assert from "node:assert/strict";
import { test } from "node:test";
import { answerType } from "./answer-type.ts";

const bytes = "application/octet-stream";
const types: readonly (readonly [string | undefined, string])[] = [
  ["audio/mpeg", "audio/mpeg"],
  ["Audio/WAV; rate=24000", "audio/wav"],
  ["text/plain; charset=utf-8", "text/plain; charset=utf-8"],
  ["text/vtt", "text/vtt"],
  ["application/json", "application/json"],
  ["text/html", bytes],
  ["text/html; charset=utf-8", bytes],
  ["image/svg+xml", bytes],
  ["audio/a\r\nset-cookie: x", bytes],
  ["", bytes],
  [undefined, bytes],
];
for (const [said, told] of types) {
  test(`an answer of ${JSON.stringify(said)} is told as ${told}`, () => {
    assert.equal(answerType(said), told);
  });
}
