import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../base/index.ts";
import { randomBytes, randomPool, sha256, verifyEd25519 } from "./digest.ts";

// RFC 8032 §7.1, TEST 2.
const publicKey = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const message = bytes("72");
const signature = bytes(
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
);

test("sha256 hashes the concatenation of its parts", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2 B.1
  assert.equal(toHex(sha256(bytes("61"), bytes(""), bytes("6263"))), abc);
});

test("the signature of RFC 8032's second test vector verifies", () => {
  assert.equal(verifyEd25519(publicKey, message, signature), true);
});

test("no flipped byte of key, message or signature verifies", () => {
  const whole = [publicKey, message, signature] as const;
  for (const [part, original] of whole.entries()) {
    for (let at = 0; at < original.length; at++) {
      const flipped = original.map((byte, index) => (index === at ? byte ^ 1 : byte));
      const [key, text, proof] = [...whole.slice(0, part), flipped, ...whole.slice(part + 1)];
      assert.equal(verifyEd25519(key ?? flipped, text ?? flipped, proof ?? flipped), false);
    }
  }
});

test("a key or signature of the wrong length verifies nothing", () => {
  assert.equal(verifyEd25519(publicKey.subarray(1), message, signature), false);
  assert.equal(verifyEd25519(publicKey, message, signature.subarray(1)), false);
});

test("random bytes have the length asked for and differ", () => {
  assert.equal(randomBytes(16).length, 16);
  assert.notDeepEqual(randomBytes(16), randomBytes(16));
});

test("a pool gives out bytes of the length asked for, and none of them twice, over many fillings", () => {
  const draw = randomPool();
  const drawn = Array.from({ length: 3000 }, () => toHex(draw(16)));
  assert.equal(new Set(drawn).size, drawn.length);
  assert.ok(drawn.every((hex) => hex.length === 32 && /[1-9a-f]/.test(hex)));
  assert.equal(draw(10_000).length, 10_000);
});

test("what a pool gave out stays as it was when more is drawn", () => {
  const draw = randomPool();
  const first = draw(16);
  const before = toHex(first);
  for (let drawn = 0; drawn < 1000; drawn++) draw(16);
  assert.equal(toHex(first), before);
});

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  assert.ok(read);
  return read;
}
