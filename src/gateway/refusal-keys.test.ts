// Which keys a request leaves in the vault.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { askChat } from "../../test/support/ask.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";

function filesInVault({ legalDirectory }: TestCell): number {
  const vault = join(dirname(legalDirectory), "vault");
  return globSync(["names/*/*", "keys/*/*"], { cwd: vault }).length;
}

const askAs = (
  cell: TestCell,
  person: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
) =>
  askChat(cell, {
    headers: { "bailiwick-subject": person, ...headers },
    ...(body !== undefined && { body }),
  });

test("people whom the law refuses by their headers leave one key of their tenant, however many they are", async (t) => {
  const cell = await startTestCell(t);
  const before = filesInVault(cell);
  for (let count = 0; count < 20; count++) {
    const { status } = await askAs(cell, `stranger-${count}`, { "bailiwick-jurisdiction": "RU" });
    assert.equal(status, 451);
  }
  assert.equal(filesInVault(cell), before + 2);
  const refusals = cell.entries.filter((entry) => entry.t === "decision" && entry.verdict === "refuse");
  assert.equal(refusals.length, 20);
});

test("a refusal of somebody who has a key is recorded under it", async (t) => {
  const cell = await startTestCell(t);
  assert.equal((await askAs(cell, "known")).status, 200);
  assert.equal((await askAs(cell, "known", { "bailiwick-jurisdiction": "RU" })).status, 451);
  const subjects = cell.entries.flatMap((entry) => (entry.t === "decision" ? [entry.subject] : []));
  assert.equal(subjects.length, 2);
  assert.equal(new Set(subjects).size, 1);
});

test("a request of which nothing is recorded makes no key: no model of that name, or a body that is none", async (t) => {
  const cell = await startTestCell(t);
  const before = filesInVault(cell);
  const messages = [{ role: "user", content: "hello" }];
  const unknown = JSON.stringify({ model: "no-such-model", messages });
  assert.equal((await askAs(cell, "a", {}, unknown)).status, 404);
  assert.equal((await askAs(cell, "b", {}, "no JSON")).status, 400);
  assert.equal(filesInVault(cell), before);
});
