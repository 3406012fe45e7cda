import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { fromBase64, toBase64 } from "./base64.ts";

// RFC 4648 §10.
const vectors = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
] as const;

for (const [plain, encoded] of vectors) {
  test(`"${plain}" is "${encoded}", both ways`, () => {
    assert.equal(toBase64(Buffer.from(plain)), encoded);
    assert.deepEqual(fromBase64(encoded), new Uint8Array(Buffer.from(plain)));
  });
}

const refused = [
  { title: "a missing padding character", text: "Zg=" },
  { title: "no padding at all", text: "Zm8" },
  { title: "padding alone", text: "====" },
  { title: "padding after one digit", text: "Z===" },
  { title: "padding in the middle", text: "Zg==Zg==" },
  { title: "padding before a digit", text: "Zm=v" },
  { title: "a space", text: "Zm9v Zg=" },
  { title: "a line break at the end", text: "Zm9vYmF\n" },
  { title: "the URL alphabet", text: "-_-_" },
  { title: "a letter outside ASCII", text: "Zm9é" },
  { title: "non-zero bits after one byte", text: "Zh==" },
  { title: "non-zero bits after two bytes", text: "Zm9=" },
] as const;

for (const { title, text } of refused) {
  test(`${title} is refused`, () => {
    assert.equal(fromBase64(text), null);
  });
}

test("every truncation is refused, or is the exact spelling of fewer bytes", () => {
  const encoded = toBase64(Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 0xff));
  for (let length = 0; length < encoded.length; length++) {
    const bytes = fromBase64(encoded.slice(0, length));
    assert.equal(bytes === null, length % 4 !== 0, `cut to ${length}`);
    if (bytes) assert.equal(toBase64(bytes), encoded.slice(0, length));
  }
});

test("whatever is accepted is the one spelling of its bytes", () => {
  const digit = fc.constantFrom(...Array.from("ABCDghij0189+/="));
  fc.assert(
    fc.property(fc.string({ unit: digit, maxLength: 12 }), (text) => {
      const bytes = fromBase64(text);
      if (bytes) assert.equal(toBase64(bytes), text);
    }),
    { numRuns: 5000 },
  );
});

test("bytes survive the round trip, as Buffer spells them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
    }),
    { numRuns: 1000 },
  );
});
