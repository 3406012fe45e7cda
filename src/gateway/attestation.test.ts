// An engine of one's own that has to show what it runs, asked by a whole cell over TLS.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { askChat, errorOf } from "../../test/support/ask.ts";
import {
  type AttestingEngine,
  evidenceOf,
  type GiveEvidence,
  startAttestingEngine,
} from "../../test/support/attesting-engine.ts";
import { cacheOf, finished } from "../../test/support/caching-cell.ts";
import { eventually } from "../../test/support/demo.ts";
import { startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";
import { reportDataFor, tinyAmd, tinyMeasurement } from "../../test/support/tiny-amd.ts";
import { tinyAuthority } from "../../test/support/tiny-certificates.ts";

const amd = tinyAmd();
const house = tinyAuthority("house");
const shown = house.issue("127.0.0.1");
const authorities = join(mkdtempSync(join(tmpdir(), "bailiwick-attestation-")), "house.pem");
writeFileSync(authorities, house.certificate);

const cache =
  "response-cache: { models: [sealed], classes: [personal], lifetime-seconds: 60, max-bytes: 1000000 }";
const policy = testPolicy
  .replace(
    "\nmodels:",
    `
  sealed-1:
    cell: eu-frankfurt
    engine: openai-compatible
    url: https://127.0.0.1:1
    operator: rhein-cloud
    place: DE
    ca: ${authorities}
    attestation:
      kind: sev-snp
      product: milan
      measurements: ["${tinyMeasurement}"]
      minimum-tcb: { boot-loader: 4, tee: 1, snp: 22, microcode: 213 }
      root: "${amd.terms.root}"
  named-1:
    cell: eu-frankfurt
    engine: openai-compatible
    url: https://127.0.0.1:1
    operator: rhein-cloud
    place: DE
    ca: ${authorities}
models:
  named: { served-by: { named-1: llama } }
  sealed: { served-by: { sealed-1: llama, fra-2: { model: assistant, order: 2 } } }
  sealed-only: { served-by: { sealed-1: llama } }`,
  )
  .replace("demo-bank:\n    { ", `demo-bank:\n    { ${cache}, `);

const other: GiveEvidence = (nonce, response) => {
  const reportData = reportDataFor(shown.certificate, nonce);
  response.end(amd.document({ measurement: "00".repeat(48), reportData }));
};

test("an answer of a machine that has shown what it runs is E1-own, names no place, and the record holds the digest of what was shown", async (t) => {
  const documents: Buffer[] = [];
  const { cell, engine } = await start(t, (nonce, response) => {
    const document = amd.document({ reportData: reportDataFor(shown.certificate, nonce) });
    documents.push(document);
    response.end(document);
  });
  const answer = await askChat(cell, { model: "sealed" });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("bailiwick-endpoint"), "sealed-1");
  assert.equal(answer.headers.get("bailiwick-evidence"), "E1-own");
  assert.equal(engine.prompts.length, 1);
  const [document = Buffer.alloc(0)] = documents;
  const digest = createHash("sha256").update(document).digest("hex");
  const [attempt] = attemptsIn(cell);
  assert.deepEqual(attempt?.evidence, {
    grade: "E1-own",
    source: `sev-snp-${digest.slice(0, 56)}`,
    places: [],
  });
});

test("a machine that runs something else gets nothing, another endpoint answers, and nobody has to release it", async (t) => {
  const { cell, engine } = await start(t, other);
  const answer = await askChat(cell, { model: "sealed" });
  assert.equal(answer.headers.get("bailiwick-endpoint"), "fra-2", answer.text);
  assert.deepEqual(
    attemptsIn(cell).map(({ endpoint, sent, failure, evidence }) => [
      endpoint,
      sent,
      failure,
      evidence?.grade,
    ]),
    [
      ["sealed-1", false, "unreachable", undefined],
      ["fra-2", true, null, "E3"],
    ],
  );
  assert.deepEqual(engine.prompts, []);
  assert.ok(cell.logLines.some((line) => line.includes('"cause":"attestation_measurement"')));
  assert.match(
    cell.metrics(),
    /bailiwick_attempt_failures_total\{[^}]*cause="attestation_measurement"[^}]*\} 1\n/,
  );
  assert.match(
    cell.metrics(),
    /bailiwick_alarms_total\{cell="eu-frankfurt",kind="attestation_refused"\} 1\n/,
  );
  assert.deepEqual(
    cell.entries.filter(({ t: kind }) => kind === "quarantine"),
    [],
  );
});

test("where no other endpoint is lawful the caller gets 503, and an answer as soon as the machine is the expected one", async (t) => {
  let give = other;
  const { cell, engine } = await start(t, (nonce, response) => give(nonce, response));
  const refused = await askChat(cell, { model: "sealed-only" });
  assert.deepEqual([refused.status, errorOf(refused).type], [503, "policy_region_unavailable"]);
  assert.deepEqual(engine.prompts, []);
  give = evidenceOf(amd, shown);
  await eventually(async () => (await askChat(cell, { model: "sealed-only" })).status === 200, 30_000);
});

test("an engine of one's own that shows a certificate of the authority that the policy names for it is E1-own by that", async (t) => {
  const { cell, engine } = await start(t, other);
  const answer = await askChat(cell, { model: "named" });
  assert.equal(answer.headers.get("bailiwick-evidence"), "E1-own", answer.text);
  const [attempt] = attemptsIn(cell);
  assert.deepEqual(attempt?.evidence, { grade: "E1-own", source: "own-authority", places: [] });
  assert.deepEqual(engine.nonces, []);
});

test("an answer of such a machine is given again as any other of its grade", async (t) => {
  const { cell, engine } = await start(t, evidenceOf(amd, shown));
  const ask = { model: "sealed" };
  assert.equal(cacheOf(await askChat(cell, ask)), "miss");
  await finished(cell);
  const again = await askChat(cell, ask);
  assert.deepEqual([cacheOf(again), again.headers.get("bailiwick-evidence")], ["hit", "E1-own"]);
  assert.equal(engine.prompts.length, 1);
});

async function start(
  t: TestContext,
  give: GiveEvidence,
): Promise<{ readonly cell: TestCell; readonly engine: AttestingEngine }> {
  const engine = await startAttestingEngine(t, shown, give);
  const cell = await startTestCell(t, { policy, urls: { "sealed-1": engine.url, "named-1": engine.url } });
  return { cell, engine };
}

function attemptsIn({ entries }: TestCell) {
  const outcome = entries.findLast((entry) => entry.t === "outcome");
  assert.ok(outcome?.t === "outcome" && outcome.v === 3);
  return outcome.attempts;
}
