import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { RequestId } from "../../base/index.ts";
import { decodeMessage, encodeMessage, messageBytes, type PairedEntry } from "./batch-message.ts";

const rid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString("hex") as RequestId);
const pairing = fc.oneof(
  fc.constant({ kind: "none" } as const),
  fc.record({ kind: fc.constantFrom("opens", "closes"), rid }),
);
const paired: fc.Arbitrary<PairedEntry> = fc.record({
  entry: fc.uint8Array({ minLength: 1, maxLength: 4096 }),
  pairing,
});

test("the ledger thread reads the appends as they were sent", () => {
  fc.assert(
    fc.property(fc.array(paired), (entries) => {
      const message = encodeMessage(entries);
      assert.equal(
        message.byteLength,
        entries.reduce((total, entry) => total + messageBytes(entry), 0),
      );
      const decoded = decodeMessage(message).map((each) => ({ ...each, entry: Uint8Array.from(each.entry) }));
      assert.deepEqual(
        decoded,
        entries.map((each) => ({ pairing: { ...each.pairing }, entry: Uint8Array.from(each.entry) })),
      );
    }),
  );
});
