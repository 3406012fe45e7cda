// The worked cases of docs/law/, executed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { workedCasesIn } from "../tools/worked-case.ts";
import { testWorkedCases } from "./support/worked-case.ts";

const folder = join(import.meta.dirname, "../docs/law");
const cases = workedCasesIn(folder);

test("there are twelve worked cases, numbered", () => {
  assert.deepEqual(
    cases.map(({ number }) => number),
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
});

testWorkedCases(cases);

test("docs/law.md leads to every case", () => {
  const law = readFileSync(join(folder, "../law.md"), "utf8");
  for (const { page } of cases) assert.ok(law.includes(`law/${page}`), page);
});
