import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { askChat } from "../../test/support/ask.ts";
import { startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";

const stricter = testPolicy.replace("requires: { residency: EEA }", "requires: { sovereignty: EEA }");

test("a new policy is in force for the next request, and its hash is in the answer", async (t) => {
  const cell = await startCellWithOneEngineLeft(t);
  const before = await askChat(cell, { tenant: "demo-bank" });
  assert.equal(before.status, 200);
  assert.equal(await cell.reload(stricter), null);
  const after = await askChat(cell, { tenant: "demo-bank" });
  assert.equal(after.status, 503, "the only engine that is up is controlled from abroad");
  assert.notEqual(after.headers.get("bailiwick-policy"), before.headers.get("bailiwick-policy"));
  assert.deepEqual(await told(cell), { policyRefusal: null, gauge: "0" });
});

test("a tenant that the new policy leaves out is not known any more", async (t) => {
  const cell = await startTestCell(t);
  assert.equal((await askChat(cell, { tenant: "demo-shop" })).status, 200);
  const without = testPolicy.replace(/^ {2}demo-shop:.*\n/m, "");
  assert.equal(await cell.reload(without), null);
  assert.equal((await askChat(cell, { tenant: "demo-shop" })).status, 401);
});

for (const { title, policy, refusal } of [
  { title: "a file that cannot be used", policy: null, refusal: "unusable" },
  {
    title: "another operator of the cell itself",
    policy: testPolicy.replace(
      "url: https://eu.test.example, operator: rhein-cloud",
      "url: https://eu.test.example, operator: gulf-cloud",
    ),
    refusal: "restart_needed",
  },
  {
    title: "another deployment",
    policy: testPolicy.replace("deployment: test.example", "deployment: other.example"),
    refusal: "restart_needed",
  },
]) {
  test(`${title} leaves the last good policy in force, and the cell says so`, async (t) => {
    const cell = await startTestCell(t);
    const before = await askChat(cell, { tenant: "demo-bank" });
    assert.equal(await cell.reload(policy), refusal);
    const after = await askChat(cell, { tenant: "demo-bank" });
    assert.equal(after.status, 200);
    assert.equal(after.headers.get("bailiwick-policy"), before.headers.get("bailiwick-policy"));
    assert.deepEqual(await told(cell), { policyRefusal: refusal, gauge: "1" });
    assert.equal(await cell.reload(testPolicy), null);
    assert.deepEqual(await told(cell), { policyRefusal: null, gauge: "0" });
  });
}

test("a policy that is well written and cannot be taken up is refused, and the log says where it failed", async (t) => {
  const cell = await startTestCell(t, { urls: { "fra-4": "nowhere" } });
  const fourth =
    "fra-4: { cell: eu-frankfurt, engine: openai-compatible, url: http://a.example, operator: rhein-cloud, place: DE }";
  assert.equal(
    await cell.reload(testPolicy.replace("endpoints:\n", `endpoints:\n  ${fourth}\n`)),
    "unusable",
  );
  assert.match(
    cell.logLines.join(""),
    /"internal_error".*"class":"TypeError","at":"providers\/http\/connection\.ts/,
  );
});

async function startCellWithOneEngineLeft(t: TestContext): Promise<TestCell> {
  const cell = await startTestCell(t);
  await Promise.all([cell.setFault("fra-1", "down"), cell.setFault("fra-2", "down")]);
  return cell;
}

async function told(cell: TestCell): Promise<{ policyRefusal: string | null; gauge: string | undefined }> {
  const answer = await fetch(`${cell.gateway.adminUrl}/readyz?verbose`);
  assert.equal(answer.status, 200);
  const { policyRefusal } = (await answer.json()) as { readonly policyRefusal: string | null };
  const gauge = /^bailiwick_policy_refused\{[^}]*\} (\d)$/m.exec(cell.metrics())?.[1];
  return { policyRefusal, gauge };
}
