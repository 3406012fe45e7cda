import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { commitmentsUnder } from "./subject-key.ts";

const keys = fc.uint8Array({ minLength: 1, maxLength: 64 });
const labels = fc.constantFrom("req/v1", "res/v1", "x", "l".repeat(63));
/** Around what is hashed in one piece. */
const sizes = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 8_100, max: 8_300 }),
  fc.constantFrom(0, 8_192, 8_193, 100_000),
);

test("a commitment is Node's HMAC-SHA256, at once and in pieces, whatever was committed to before", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(keys, labels, sizes, fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(),
      (all, cut) => {
        const under = all.map(([key]) => commitmentsUnder(key));
        for (const [at, [key, label, size, fill]] of all.entries()) {
          const bytes = new Uint8Array(size).fill(fill);
          const expected = createHmac("sha256", key).update(`${label}\0`).update(bytes).digest("hex");
          assert.equal(under[at]?.commit(label, bytes), expected);
          const pieces = under[at]?.commitment(label);
          pieces?.update(bytes.subarray(0, cut % (size + 1)));
          pieces?.update(bytes.subarray(cut % (size + 1)));
          assert.equal(pieces?.digest(), expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});

for (const label of ["a\0b", "ü", "l".repeat(64)]) {
  test(`no commitment has the label ${JSON.stringify(label)}`, () => {
    const { commit, commitment } = commitmentsUnder(new Uint8Array(32));
    assert.throws(() => commit(label, new Uint8Array(1)), TypeError);
    assert.throws(() => commitment(label), TypeError);
  });
}

test("a key that is longer than a block of SHA-256 is none", () => {
  assert.throws(() => commitmentsUnder(new Uint8Array(65)), TypeError);
});
