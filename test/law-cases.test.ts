// The worked cases of docs/law/, executed: what each page says is what the parser and the decider that serve say too.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { openCourt } from "../src/cli/court.ts";
import { runPolicyTest } from "../src/cli/policy-test.ts";
import { formatFinding, parseTestFile } from "../src/config/index.ts";

const folder = join(import.meta.dirname, "../docs/law");
const pages = globSync("[0-9][0-9]-*.md", { cwd: folder }).toSorted();
const elsewhere = mkdtempSync(join(tmpdir(), "bailiwick-cases-"));

test("there are twelve worked cases, numbered", () => {
  assert.deepEqual(
    pages.map((page) => Number(page.slice(0, 2))),
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
});

for (const page of pages) {
  const text = readFileSync(join(folder, page), "utf8");
  const parsed = parseTestFile(page, blockOf(text, "tests.yaml"));

  test(`${page}: ${/^# (.*)$/m.exec(text)?.[1]}`, async (t) => {
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.map(formatFinding).join("\n"));
    const court = openCourt({ text: blockOf(text, "policy.yaml"), file: page, directory: elsewhere });
    for (const policyTest of parsed.value.tests) {
      assert.match(policyTest.facts, /"at":/, "a case that depends on the day it is read says nothing");
      await t.test(policyTest.name, () => assert.deepEqual(runPolicyTest(court, policyTest, Number.NaN), []));
    }
  });
}

test("docs/law.md leads to every case", () => {
  const law = readFileSync(join(folder, "../law.md"), "utf8");
  for (const page of pages) assert.ok(law.includes(`law/${basename(page)}`), page);
});

function blockOf(text: string, name: string): string {
  const block = new RegExp(`^\`\`\`yaml ${name}\\n(.*?)^\`\`\`$`, "ms").exec(text)?.[1];
  assert.ok(block, `no block \`${name}\``);
  return block;
}
