import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decisionEntry } from "../../../test/support/ledger-entries.ts";
import type { DecisionEntry } from "./decision-entry.ts";
import { encodeEntry, InvalidEntryError, parseEntry } from "./entry-schema.ts";
import { DecisionTemplate, type VaryingValues } from "./entry-template.ts";

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from("0123456789abcdef")),
    minLength: digits,
    maxLength: digits,
  });
const count = fc.oneof(fc.nat(9), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));
const values: fc.Arbitrary<VaryingValues> = fc.record({
  n: hex(32),
  req: hex(64),
  revision: count,
  rid: hex(32),
  subject: hex(32),
  ts: count,
});

/** Words of the policy's author: they may hold what looks like a member, and what JSON escapes. */
const words = fc.oneof(
  { arbitrary: fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }), weight: 1 },
  {
    weight: 20,
    arbitrary: fc.constantFrom('","n":"', "\\", '"rid":', "§ 1 – \u{1F600}"),
  },
);
const name = fc.constantFrom("fra-1", "n", "ts", "rid", "0".repeat(32));
const grounds = fc.array(
  fc.record({
    regime: name,
    instrument: fc.option(words),
    documents: fc.dictionary(fc.constantFrom("ts", "rid", "dpa"), words),
  }),
  { maxLength: 3 },
);
const fixed = fc.record({
  cell: name,
  tenant: hex(32),
  policy: hex(64),
  model: fc.option(fc.constantFrom("assistant", "0".repeat(64), "a/b:c@d")),
  classes: fc.subarray(["personal", "health", "n", "ts"]),
  regimes: fc.array(name, { maxLength: 3 }),
  obligations: fc.array(fc.constantFrom("ts", "art-30", "n: 1, 2"), { maxLength: 3 }),
  places: fc.subarray([
    { place: "DE", basis: "tenant-contract" },
    { place: "AE+DIFC", basis: "header" },
  ]),
  allowed: fc.array(
    fc.record({ endpoint: name, computes: fc.subarray(["DE", "FR"]), transfer: fc.boolean(), grounds }),
    { minLength: 1, maxLength: 12 },
  ),
  allowedCount: fc.integer({ min: 8, max: 20 }),
  blocked: fc.array(fc.record({ target: name, rule: fc.constantFrom("ts", "requires:residency:EEA, DE") }), {
    maxLength: 40,
  }),
  blockedCount: fc.integer({ min: 30, max: 50 }),
  error: fc.oneof({ arbitrary: fc.constant(null), weight: 9 }, { arbitrary: fc.constant("n"), weight: 1 }),
});

const orNothing = <Value>(make: () => Value): Value | null => {
  try {
    return make();
  } catch (error) {
    assert.ok(error instanceof InvalidEntryError, String(error));
    return null;
  }
};
const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString();

test("a template writes what the schema writes, for every decision and all that varies, and refuses what it refuses", () => {
  let written = 0;
  fc.assert(
    fc.property(fixed, values, values, (members, sample, filled) => {
      const entry = { ...decisionEntry(1), ...members } as unknown as DecisionEntry;
      const template = orNothing(() => new DecisionTemplate({ ...entry, ...sample } as DecisionEntry));
      const wanted = orNothing(() => encodeEntry({ ...entry, ...filled } as DecisionEntry));
      const given = template && orNothing(() => template.write(filled));
      // A sample that is none by its length alone makes a template whose shorter entries are written.
      assert.equal(text(given), text(wanted));
      if (given === null) return;
      written++;
      assert.ok(parseEntry(given).ok);
    }),
    { numRuns: 1_000 },
  );
  assert.ok(written > 300, `${written} entries were written`);
});

for (const { title, value } of [
  { title: "upper-case digits", value: { rid: "A".repeat(32) } },
  { title: "a digit too few", value: { subject: "0".repeat(31) } },
  { title: "a handle where a hash belongs", value: { req: "0".repeat(32) } },
  { title: "no commitment", value: { req: null } },
  { title: "the end of a member and another one", value: { n: `${"0".repeat(24)}","ts":1` } },
  { title: "a negative date", value: { ts: -1 } },
  { title: "a fraction", value: { ts: 1.5 } },
  { title: "a text for a number", value: { revision: "1" } },
]) {
  test(`a template takes no ${title}`, () => {
    const template = new DecisionTemplate(decisionEntry(1));
    assert.throws(
      () => template.write({ ...decisionEntry(2), ...value } as VaryingValues),
      InvalidEntryError,
    );
  });
}

test("no template is made of an entry that is none", () => {
  assert.throws(() => new DecisionTemplate({ ...decisionEntry(1), allowed: [] }), InvalidEntryError);
  assert.throws(() => new DecisionTemplate({ ...decisionEntry(1), req: null }), InvalidEntryError);
});
