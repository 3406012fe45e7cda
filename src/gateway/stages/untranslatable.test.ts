// A request that an endpoint's dialect has no words for goes to one that has them, or to nobody.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  askSample,
  type OperationSample,
  operationSamples,
} from "../../../test/support/operation-samples.ts";
import { startTestCell, testPolicy } from "../../../test/support/test-cell.ts";

const policy = testPolicy.replaceAll("engine: sim", "engine: sim, serves: [chat_completions]");
const sampleOf = (name: string): OperationSample => {
  const sample = operationSamples.find(({ operation }) => operation === name);
  assert.ok(sample);
  return sample;
};
// Its history holds thinking that somebody signed.
const signed = sampleOf("messages");
const counting = sampleOf("count_tokens");
const plain = JSON.stringify({
  model: "assistant",
  max_tokens: 9,
  messages: [{ role: "user", content: "Which law governs?" }],
});

test("a member without a counterpart is refused by name and recorded, and nothing is sent", async (t) => {
  const cell = await startTestCell(t, { policy });
  const answer = await askSample(cell, signed);
  assert.equal(answer.status, 400);
  const { type, message } = signed.errorOf(await answer.text());
  assert.equal(type, "invalid_request_error");
  assert.match(message, /`thinking` has no counterpart/);
  assert.deepEqual(
    cell.entries.map((entry) => entry.t === "decision" && entry.verdict),
    ["refuse"],
  );
  for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
});

test("what can be translated is answered all the same", async (t) => {
  const cell = await startTestCell(t, { policy });
  const answer = await askSample(cell, signed, { body: plain });
  assert.equal(answer.status, 200);
  const { type, content } = (await answer.json()) as { type: string; content: { text: string }[] };
  assert.equal(type, "message");
  assert.match(content[0]?.text ?? "", /^This is fra-/);
});

test("an endpoint that speaks the caller's dialect answers what the others have no words for", async (t) => {
  const mixed = policy.replace(
    "fra-2: { cell: eu-frankfurt, engine: sim, serves: [chat_completions],",
    "fra-2: { cell: eu-frankfurt, engine: sim,",
  );
  const cell = await startTestCell(t, { policy: mixed });
  for (let round = 0; round < 4; round++) assert.equal((await askSample(cell, signed)).status, 200);
  assert.equal(await cell.requestsAt("fra-2"), 4);
});

test("a count is not guessed: without an engine that counts, the caller is told so", async (t) => {
  const cell = await startTestCell(t, { policy });
  const answer = await askSample(cell, counting);
  assert.equal(answer.status, 400);
  assert.match(counting.errorOf(await answer.text()).message, /answers `\/v1\/messages\/count_tokens`/);
});
