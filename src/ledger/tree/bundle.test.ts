import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeBundle, parseBundle } from "./bundle.ts";

const entries = [Uint8Array.of(1), new Uint8Array(0), new Uint8Array(300).fill(7)];

test("an entry follows its length as two bytes, the higher first", () => {
  const bundle = encodeBundle(entries);
  assert.deepEqual([...bundle.subarray(0, 7)], [0, 1, 1, 0, 0, 1, 44]);
  assert.equal(bundle.length, 3 + 2 + 302);
});

test("a bundle reads back as the entries that were put in", () => {
  const entry = fc.uint8Array({ maxLength: 600 });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
      assert.deepEqual(parseBundle(encodeBundle(entries), entries.length), { ok: true, value: entries });
    }),
  );
});

test("the longest entry that fits is accepted and one byte more is not", () => {
  const longest = [new Uint8Array(65_535)];
  assert.deepEqual(parseBundle(encodeBundle(longest), 1), { ok: true, value: longest });
  assert.throws(() => encodeBundle([new Uint8Array(65_536)]), RangeError);
});

test("every truncation is refused, at the entry where the bundle breaks off", () => {
  const bundle = encodeBundle(entries);
  const starts = [0, 3, 5];
  for (let length = 0; length < bundle.length; length++) {
    const broken = parseBundle(bundle.subarray(0, length), entries.length);
    assert.ok(!broken.ok, `${length} bytes`);
    assert.equal(
      broken.error.byteOffset,
      starts.includes(length) ? length : starts.findLast((at) => at < length),
    );
  }
});

test("a bundle of more or fewer entries than its name says is refused", () => {
  const bundle = encodeBundle(entries);
  assert.deepEqual(parseBundle(bundle, 2), {
    ok: false,
    error: { byteOffset: 5, reason: "more than 2 entries" },
  });
  assert.deepEqual(parseBundle(bundle, 4), {
    ok: false,
    error: { byteOffset: 307, reason: "3 entries instead of 4" },
  });
});

test("a length that was changed by any bit never yields the same entries", () => {
  const bundle = encodeBundle(entries);
  for (const at of [0, 1, 3, 4, 5, 6]) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = new Uint8Array(bundle);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      const read = parseBundle(changed, entries.length);
      assert.notDeepEqual(read, { ok: true, value: entries });
    }
  }
});
