import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, decodeUtf8, encodeUtf8, equalBytes, fromHex, toHex } from "./bytes.ts";

const malformed = [
  { title: "an overlong slash", hex: "c0af" },
  { title: "a surrogate", hex: "eda080" },
  { title: "a code point above U+10FFFF", hex: "f4908080" },
  { title: "a continuation byte alone", hex: "80" },
  { title: "a cut sequence", hex: "e282" },
  { title: "0xFF", hex: "ff" },
] as const;

for (const { title, hex } of malformed) {
  test(`${title} is not UTF-8`, () => {
    assert.equal(decodeUtf8(Buffer.from(hex, "hex")), null);
  });
}

test("a byte order mark is kept, because dropping it would change a signed text", () => {
  assert.equal(decodeUtf8(Buffer.from("efbbbf41", "hex")), "\ufeffA");
});

test("well-formed text survives the round trip", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(decodeUtf8(encodeUtf8(text)), text);
    }),
  );
});

test("hex survives the round trip; upper case, odd length and other characters are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100, size: "max" }), (bytes) => {
      assert.equal(toHex(bytes), Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
      assert.deepEqual(fromHex(toHex(bytes)), bytes);
    }),
  );
  for (const text of ["0", "0A", "0g", "00 ", "00\n", "0x00"]) assert.equal(fromHex(text), null, text);
});

test("concatenation keeps every byte, and equality sees each of them", () => {
  const whole = concatBytes([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]);
  assert.ok(equalBytes(whole, Uint8Array.of(1, 2, 3)));
  assert.ok(!equalBytes(whole, Uint8Array.of(1, 2, 4)));
  assert.ok(!equalBytes(whole, Uint8Array.of(1, 2)));
});
