// A short run of `npm run fuzz`, whose long ones anybody may let run for as long as he likes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareReadings } from "./fuzz/http1/compare.ts";
import { formTarget } from "./fuzz/form-target.ts";
import { jsonTarget } from "./fuzz/json-target.ts";
import { realtimeTarget } from "./fuzz/realtime-target.ts";
import { sseTarget } from "./fuzz/sse-target.ts";
import { fuzz } from "./fuzz/target.ts";

const seed = 20_261_130;

test("bytes that are HTTP/1.1, nearly, or no more, are read as Node's own server reads them, or are refused", async () => {
  const { differences, messages, refused } = await compareReadings(1, 1_500);
  assert.deepEqual(differences, []);
  assert.ok(messages > 1_000 && refused > 500, `${messages} messages, ${refused} refused`);
});

test("event streams that are cut anywhere have the events of the standard's own reader, and the same faults", () => {
  const { differences, kinds } = fuzz(sseTarget, { cases: 1_500, seed });
  assert.deepEqual(differences, []);
  assert.deepEqual(Object.keys(kinds).toSorted(), ["event_too_large", "events", "invalid_utf8", "no events"]);
});

test("members of an object stand where JSON.parse finds them, and what it refuses is refused", () => {
  const { differences, kinds } = fuzz(jsonTarget, { cases: 1_500, seed });
  assert.deepEqual(differences, []);
  for (const kind of [
    "members",
    "not JSON",
    "not UTF-8",
    "a name twice",
    "a long name",
    "too deep",
    "too many",
  ]) {
    assert.ok((kinds[kind] ?? 0) > 0, `no case was ${kind}`);
  }
});

test("parts of a form stand where the standards' grammar cuts them out, and what is no form, or two, is refused", () => {
  const { differences, kinds } = fuzz(formTarget, { cases: 3_000, seed });
  assert.deepEqual(differences, []);
  assert.ok((kinds["a form"] ?? 0) > 200 && Object.keys(kinds).length > 12, JSON.stringify(kinds));
});

test("an event of a session passes only where each question of a slow reader lets it, and else is refused", () => {
  const { differences, kinds } = fuzz(realtimeTarget, { cases: 3_000, seed });
  assert.deepEqual(differences, []);
  for (const kind of ["passes", "renamed", "leaves", "not understood"])
    assert.ok((kinds[kind] ?? 0) > 50, JSON.stringify(kinds));
});

test("a difference is told with the seed that makes its case again", () => {
  const odd = fuzz(
    {
      name: "odd",
      tryOne: (random) => {
        const number = random.below(10);
        return number === 7 ? { difference: "seven", input: Uint8Array.of(number) } : { kind: "other" };
      },
    },
    { cases: 100, seed },
  );
  const [first] = odd.differences;
  assert.ok(first && (odd.kinds["other"] ?? 0) > 0);
  assert.equal(first.inputBase64, Buffer.of(7).toString("base64"));
  const again = fuzz(
    { name: "again", tryOne: (random) => ({ kind: String(random.below(10)) }) },
    { cases: 1, seed: first.seed },
  );
  assert.deepEqual(again.kinds, { 7: 1 });
  const thrower = { name: "thrower", tryOne: () => assert.fail("broken") };
  assert.match(fuzz(thrower, { cases: 1, seed }).differences[0]?.difference ?? "", /broken/);
});
