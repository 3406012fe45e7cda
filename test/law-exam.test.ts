// The worked cases of docs/law/cases/, executed: a country or a question each, from the statute and not from the pack.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { workedCasesIn } from "../tools/worked-case.ts";
import { testWorkedCases } from "./support/worked-case.ts";

const cases = workedCasesIn(join(import.meta.dirname, "../docs/law/cases"));

test("each case has a number of its own", () => {
  assert.ok(cases.length > 0);
  assert.equal(new Set(cases.map(({ number }) => number)).size, cases.length);
});

test("each case says what the law says of an endpoint", () => {
  const silent = cases.filter(({ tests }) => tests.every(({ expect }) => expect.endpoints === undefined));
  assert.deepEqual(
    silent.map(({ page }) => page),
    [],
  );
});

testWorkedCases(cases);
