// More endpoints behind a model than an entry can name: what is not recorded is not used, for the first request of a kind and
// for each that finds it worked out.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { askChat } from "../../test/support/ask.ts";
import { keyHash, startTestCell, type TestCell } from "../../test/support/test-cell.ts";
import { encodeEntry, maxEntryBytes, type StoredDecision } from "../ledger/index.ts";

const ids = Array.from({ length: 120 }, (_, index) => `engine-with-a-name-of-some-length-${index}`);

const places = "DE FR IT ES NL BE AT PL CZ SE FI DK IE PT GR HU RO".split(" ");

const policy = `
bailiwick: 1
deployment: test.example
law: { packs: [eu-gdpr] }
operators: { rhein-cloud: { home: DE } }
cells: { eu-frankfurt: { place: DE, url: https://fra.test.example, operator: rhein-cloud } }
endpoints:
${ids.map((id) => `  ${id}: { cell: eu-frankfurt, engine: openai-compatible, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }`).join("\n")}
models: { assistant: { served-by: { ${ids.map((id) => `${id}: assistant`).join(", ")} } } }
tenants:
  listed: { established: DE, subjects: [${places.join(", ")}], class: personal, keys: { a: { sha256: ${keyHash("sk-listed")} } } }
${["one", "two", "claiming"].map((id) => `  ${id}: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash(`sk-${id}`)} } } }`).join("\n")}
`;

/** An engine for all of them, which says by the path who was asked; and the cell. */
async function startMany(t: TestContext): Promise<{ readonly cell: TestCell; readonly asked: Set<string> }> {
  const asked = new Set<string>();
  const engine = createServer((request, response) => {
    if (request.method === "POST") asked.add((request.url ?? "").split("/")[1] ?? "");
    response.writeHead(503).end();
  }).listen(0, "127.0.0.1");
  await once(engine, "listening");
  t.after(() => engine.close());
  const { port } = engine.address() as AddressInfo;
  const urls = Object.fromEntries(ids.map((id) => [id, `http://127.0.0.1:${port}/${id}`]));
  return { cell: await startTestCell(t, { policy, urls }), asked };
}

test("of a hundred and twenty endpoints only those are asked that the entry names, and every request of a kind names the same", async (t) => {
  const { cell, asked } = await startMany(t);
  for (const tenant of ["one", "two", "one"]) await askChat(cell, { tenant });
  const decisions = cell.entries.filter((entry) => entry.t === "decision");
  assert.equal(decisions.length, 3);
  const [first] = decisions;
  assert.ok(first && first.allowed.length > 10 && first.allowed.length < ids.length);
  for (const decision of decisions) {
    assert.equal(decision.allowedCount, ids.length);
    assert.deepEqual(decision.allowed, first.allowed);
    assertFilled(decision);
  }
  const named = new Set<string>(first.allowed.map(({ endpoint }) => endpoint));
  assert.ok(asked.size > 0);
  assert.deepEqual(
    [...asked].filter((id) => !named.has(id)),
    [],
  );
});

test("the same places known in another way take other room in the entry, which is filled and never overfull", async (t) => {
  const { cell } = await startMany(t);
  const claims = { "bailiwick-jurisdiction": places.slice(1).join(", ") };
  await askChat(cell, { tenant: "claiming", headers: claims });
  await askChat(cell, { tenant: "listed" });
  const decisions = cell.entries.filter((entry) => entry.t === "decision");
  const bases = decisions.map(({ places: named }) => named.at(-1)?.basis);
  assert.deepEqual(bases, ["header", "tenant-contract"]);
  for (const decision of decisions) assertFilled(decision);
  const [claiming, listed] = decisions.map(({ allowed }) => allowed.length);
  assert.ok(listed !== undefined && claiming !== undefined && listed < claiming, `${claiming} and ${listed}`);
});

function assertFilled(decision: StoredDecision): void {
  assert.ok(decision.v === 3);
  const bytes = encodeEntry({ ...decision, v: 3 }).length;
  assert.ok(bytes <= maxEntryBytes && bytes > maxEntryBytes - 200, String(bytes));
}
