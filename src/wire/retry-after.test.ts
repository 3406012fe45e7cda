import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readRetryAfterMs } from "./retry-after.ts";

const nowMs = Date.UTC(2026, 10, 20, 12, 0, 0);

const cases: readonly { title: string; headers: Record<string, string>; delayMs: number | null }[] = [
  { title: "no header", headers: {}, delayMs: null },
  { title: "seconds", headers: { "retry-after": "2" }, delayMs: 2_000 },
  { title: "zero", headers: { "retry-after": "0" }, delayMs: 0 },
  { title: "milliseconds", headers: { "retry-after-ms": "1500.5" }, delayMs: 1_501 },
  { title: "milliseconds by Azure's name", headers: { "x-ms-retry-after-ms": "70" }, delayMs: 70 },
  { title: "the finer header first", headers: { "retry-after": "2", "retry-after-ms": "150" }, delayMs: 150 },
  {
    title: "the next header where one is unreadable",
    headers: { "retry-after": "2", "retry-after-ms": "soon" },
    delayMs: 2_000,
  },
  { title: "a date", headers: { "retry-after": "Fri, 20 Nov 2026 12:00:30 GMT" }, delayMs: 30_000 },
  {
    title: "a date that has passed",
    headers: { "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" },
    delayMs: 0,
  },
  { title: "a date far away", headers: { "retry-after": "Fri, 20 Nov 2027 12:00:00 GMT" }, delayMs: 60_000 },
  {
    title: "a day that does not exist",
    headers: { "retry-after": "Fri, 99 Nov 2026 12:00:00 GMT" },
    delayMs: null,
  },
  { title: "a date of another form", headers: { "retry-after": "2026-11-20T12:00:30Z" }, delayMs: null },
  { title: "too many seconds", headers: { "retry-after": "86400" }, delayMs: 60_000 },
  { title: "a negative number", headers: { "retry-after": "-1" }, delayMs: null },
  { title: "no number at all", headers: { "retry-after": "1e3" }, delayMs: null },
];

for (const { title, headers, delayMs } of cases) {
  test(`an upstream's wish to be left alone is read: ${title}`, () => {
    assert.equal(readRetryAfterMs(headers, nowMs), delayMs);
  });
}

test("no header makes anybody wait for more than a minute", () => {
  const name = fc.constantFrom("retry-after", "retry-after-ms", "x-ms-retry-after-ms");
  const value = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      const delayMs = readRetryAfterMs(headers, nowMs);
      assert.ok(delayMs === null || (Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= 60_000));
    }),
  );
});
