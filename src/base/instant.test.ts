import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { dayMs, formatDay, formatInstant, formatMonth, lastInstantMs, parseInstant } from "./instant.ts";

const read = [
  { text: "2027-05-13", is: "2027-05-13T00:00:00.000Z" },
  { text: "2028-02-29", is: "2028-02-29T00:00:00.000Z" },
  { text: "2027-05-13T00:00:00Z", is: "2027-05-13T00:00:00.000Z" },
  { text: "2027-05-13T00:00Z", is: "2027-05-13T00:00:00.000Z" },
  { text: "2027-05-13T01:30:00+05:30", is: "2027-05-12T20:00:00.000Z" },
  { text: "2027-05-13T23:59:59.999-01:00", is: "2027-05-14T00:59:59.999Z" },
  { text: "2027-05-13T00:00:00.5Z", is: "2027-05-13T00:00:00.500Z" },
] as const;

for (const { text, is } of read) {
  test(`${text} is ${is}`, () => {
    const parsed = parseInstant(text);
    assert.ok(parsed.ok);
    assert.equal(formatInstant(parsed.value), is);
  });
}

const refused = [
  { text: "2027-05-13T00:00:00", because: "is not a date" },
  { text: "2027-05-13 00:00:00Z", because: "is not a date" },
  { text: "13.05.2027", because: "is not a date" },
  { text: "2027-5-3", because: "is not a date" },
  { text: "2027-05-13T00:00:00.0000Z", because: "is not a date" },
  { text: "", because: "is not a date" },
  { text: "2027-02-30", because: "is not a date" },
  { text: "2027-02-29T00:00:00Z", because: "names no moment" },
  { text: "2027-13-01T00:00:00Z", because: "names no moment" },
  { text: "2027-04-31T00:00:00+02:00", because: "names no moment" },
  { text: "2027-05-13T24:00:00Z", because: "names no moment" },
  { text: "2027-05-13T00:60:00Z", because: "names no moment" },
  { text: "2027-05-13T00:00:60Z", because: "names no moment" },
  { text: "2027-05-13T00:00:00+24:00", because: "names no moment" },
  { text: "2027-05-13T00:00:00-00:60", because: "names no moment" },
] as const;

for (const { text, because } of refused) {
  test(`"${text}" is refused: it ${because}`, () => {
    const parsed = parseInstant(text);
    assert.ok(!parsed.ok);
    assert.ok(parsed.error.includes(because), parsed.error);
  });
}

test("what is written is read back to the millisecond", () => {
  const latest = Date.UTC(9999, 11, 31);
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1970, 0, 1), max: latest }), (instantMs) => {
      assert.deepEqual(parseInstant(formatInstant(instantMs)), { ok: true, value: instantMs });
    }),
    { numRuns: 1000 },
  );
});

test("a moment after the last date that there is is told as that date", () => {
  for (const far of [lastInstantMs, lastInstantMs + 1, Number.MAX_SAFE_INTEGER]) {
    assert.equal(formatInstant(far), "+275760-09-13T00:00:00.000Z");
  }
});

test("a day and a month are UTC's, down to the millisecond before midnight", () => {
  const midnight = Date.UTC(2027, 4, 1);
  assert.deepEqual([formatDay(midnight - 1), formatDay(midnight)], ["2027-04-30", "2027-05-01"]);
  assert.deepEqual([formatMonth(midnight - 1), formatMonth(midnight)], ["2027-04", "2027-05"]);
  assert.equal(formatDay(midnight + 365 * dayMs), "2028-04-30");
});
