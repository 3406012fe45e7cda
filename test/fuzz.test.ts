// A short run of `npm run fuzz`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareReadings } from "../tools/fuzz/compare.ts";

test("bytes that are HTTP/1.1, nearly, or no more, are read as Node's own server reads them, or are refused", async () => {
  const { differences, messages, refused } = await compareReadings(1, 1_500);
  assert.deepEqual(differences, []);
  assert.ok(messages > 1_000 && refused > 500, `${messages} messages, ${refused} refused`);
});
