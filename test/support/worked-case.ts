// Runs worked cases: what a page says is what the parser and the decider that serve say too.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openFactSession } from "../../src/cli/law/ask/fact-session.ts";
import { runPolicyTest } from "../../src/cli/law/ask/policy-test.ts";
import type { WorkedCase } from "../../tools/worked-case.ts";

export function testWorkedCases(cases: readonly WorkedCase[]): void {
  // A folder without packs of its own: those that come with the program are meant.
  const elsewhere = mkdtempSync(join(tmpdir(), "bailiwick-cases-"));
  for (const each of cases) testWorkedCase(each, elsewhere);
}

function testWorkedCase({ page, title, number, policy, tests }: WorkedCase, directory: string): void {
  test(`${page}: Case ${number}: ${title}`, async (t) => {
    const court = openFactSession({ text: policy, file: page, directory });
    for (const policyTest of tests) {
      assert.match(policyTest.facts, /"at":/, "a case that depends on the day it is read says nothing");
      await t.test(policyTest.name, () => assert.deepEqual(runPolicyTest(court, policyTest, Number.NaN), []));
    }
  });
}
