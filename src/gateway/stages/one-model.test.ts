import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat } from "../../../test/support/ask.ts";
import { askSample, operationSamples } from "../../../test/support/operation-samples.ts";
import { startTestCell, testPolicy } from "../../../test/support/test-cell.ts";

const vectors = operationSamples.find(({ operation }) => operation === "embeddings");
assert.ok(vectors);

test("vectors of an alias behind which two models stand are refused, and nothing is sent", async (t) => {
  const policy = testPolicy.replace("iad-1: assistant", "iad-1: assistant-v2");
  const cell = await startTestCell(t, { policy });
  const answer = await askSample(cell, vectors);
  assert.equal(answer.status, 400);
  assert.match(vectors.errorOf(await answer.text()).message, /know it by 2 names.*own alias/);
  for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
  assert.equal((await askChat(cell)).status, 200, "a chat is compared with nothing");
});

test("vectors of a model whose endpoint is overloaded move on to another endpoint of the same", async (t) => {
  const cell = await startTestCell(t);
  for (const id of ["fra-1", "fra-2"]) await cell.setFault(id, "refuse");
  const answer = await askSample(cell, vectors);
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.equal(await cell.requestsAt("fra-3"), 1);
});
