import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { askChat, errorOf } from "../../test/support/ask.ts";
import { keyHash, startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";

/** A model at home and, as a transfer that the law allows, in Switzerland; `abroad` is there alone. */
function startWith(t: TestContext, rules: string): Promise<TestCell> {
  const policy = testPolicy
    .replace(
      "models:\n",
      `models:\n  mixed: { mode: hybrid, rules: ${rules}, served-by: { fra-1: assistant, zrh-1: assistant } }
  abroad: { mode: hybrid, rules: ${rules}, served-by: { zrh-1: assistant } }\n`,
    )
    .replace(
      "endpoints:\n",
      "endpoints:\n  zrh-1: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: CH }\n",
    )
    .replace(
      "tenants:\n",
      `tenants:\n  open: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-open")} } } }\n`,
    );
  return startTestCell(t, { policy });
}

const ask = (model: string): { readonly tenant: string; readonly model: string } => ({
  tenant: "open",
  model,
});

test("without a rule that holds, no transfer is allowed, recorded or made, even when home fails", async (t) => {
  const cell = await startWith(t, "[{ when: 'tenant == \"other\"', transfers: allowed }]");
  assert.equal((await askChat(cell, ask("mixed"))).headers.get("bailiwick-endpoint"), "fra-1");
  const [decision] = cell.entries;
  assert.ok(decision?.t === "decision");
  assert.deepEqual(
    decision.allowed.map(({ endpoint }) => endpoint),
    ["fra-1"],
  );
  await cell.setFault("fra-1", "down");
  assert.equal((await askChat(cell, ask("mixed"))).status, 503);
  assert.equal(await cell.requestsAt("zrh-1"), 0);
});

test("a model that is lawful by a transfer alone is unavailable while no rule allows one", async (t) => {
  const cell = await startWith(t, "[]");
  const answer = await askChat(cell, ask("abroad"));
  assert.equal(answer.status, 503);
  assert.match(errorOf(answer).message, /no rule of its mode `hybrid` allows one now/);
  assert.ok(answer.headers.get("retry-after"));
  assert.equal(cell.entries[0]?.t === "decision" && cell.entries[0].verdict, "refuse");
});

test("a rule that holds lets a transfer be made, with its entry before it", async (t) => {
  const cell = await startWith(
    t,
    '[{ when: \'"personal" in classes && "DE" in subjects\', transfers: allowed }]',
  );
  assert.equal((await askChat(cell, ask("abroad"))).status, 200);
  assert.deepEqual(
    cell.entries.map(({ t }) => t),
    ["decision", "transfer", "outcome"],
  );
  const [decision, transfer] = cell.entries;
  assert.ok(decision?.t === "decision" && transfer?.t === "transfer");
  assert.deepEqual(transfer.grounds, decision.allowed[0]?.grounds);
  assert.equal(transfer.endpoint, "zrh-1");
});

test("a rule over the state of the service opens the way when home is gone", async (t) => {
  const cell = await startWith(t, "[{ when: homeAvailable == 0, transfers: allowed }]");
  await cell.setFault("fra-1", "refuse");
  let endpoint: string | null = null;
  for (let round = 0; round < 5 && endpoint === null; round++) {
    endpoint = (await askChat(cell, ask("mixed"))).headers.get("bailiwick-endpoint");
  }
  assert.equal(endpoint, "zrh-1");
});

test("a rule that errs forbids the transfer that it would have allowed", async (t) => {
  const cell = await startWith(
    t,
    "[{ when: 'latencyMs[\"fra-9\"] < 1.0', transfers: allowed }, { when: 'true', transfers: allowed }]",
  );
  assert.equal((await askChat(cell, ask("abroad"))).status, 503);
  assert.equal((await askChat(cell, ask("mixed"))).headers.get("bailiwick-endpoint"), "fra-1");
});
