// The other paths by which callers ask for what there is: the same operation, the same law, and an engine's own path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formTextType } from "../support/form-text.ts";
import { operationSamples, sampleBody } from "../support/operation-samples.ts";
import { splitMessage, startRawUpstream, wholeAnswer } from "../support/raw-http.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "../support/test-cell.ts";

const bearer = { authorization: `Bearer ${keyOf("demo-bank")}` };

const paths: readonly { readonly asked: string; readonly operation: string }[] = [
  { asked: "/rerank", operation: "rerank" },
  { asked: "/v2/rerank", operation: "rerank" },
  { asked: "/openai/v1/chat/completions", operation: "chat_completions" },
  { asked: "/openai/v1/completions", operation: "completions" },
  { asked: "/openai/v1/embeddings", operation: "embeddings" },
  { asked: "/openai/v1/responses", operation: "responses" },
  { asked: "/openai/responses?api-version=2025-04-01-preview", operation: "responses" },
  {
    asked: "/openai/deployments/solo/chat/completions?api-version=2024-10-21",
    operation: "chat_completions",
  },
  { asked: "/openai/deployments/so%6co/completions?api-version=2024-10-21", operation: "completions" },
  { asked: "/openai/deployments/solo/embeddings?api-version=2024-10-21", operation: "embeddings" },
];

for (const { asked, operation } of paths) {
  test(`${asked} is ${operation}, and an engine is asked where engines have it`, async (t) => {
    const sample = operationSamples.find((each) => each.operation === operation);
    assert.ok(sample);
    const upstream = await startRawUpstream(t, (socket) => socket.write(wholeAnswer(200, sample.whole)));
    const policy = testPolicy.replace("engine: sim", `engine: openai-compatible, serves: [${operation}]`);
    const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
    const body = sampleBody(sample, { model: "solo" });
    const contentType = sample.form ? formTextType : "application/json";
    const answer = await post(cell, asked, body, { ...bearer, "content-type": contentType });
    assert.deepEqual([answer.status, await answer.text()], [200, sample.whole]);
    const { head, body: sent } = splitMessage(upstream.requests[0] ?? "");
    assert.match(head, new RegExp(`^POST ${sample.path} HTTP/1.1\r\n`));
    assert.equal(sent, body.replace(/\bsolo\b/, "assistant"));
  });
}

const chat = { messages: [{ role: "user", content: "hi" }] };
const azureKey = { "api-key": keyOf("demo-bank") };

test("a deployment's body may leave the model out, and another one in it is 400", async (t) => {
  const cell = await startTestCell(t);
  const ask = (path: string, body: object): Promise<Response> =>
    post(cell, `/openai/deployments/${path}?api-version=2024-10-21`, JSON.stringify(body), azureKey);
  for (const body of [chat, { ...chat, model: "" }, { ...chat, model: "solo" }])
    assert.equal((await ask("solo/chat/completions", body)).status, 200);
  const refused = await ask("solo/chat/completions", { ...chat, model: "assistant" });
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /^\{"error":\{"message":"`model` names another model than the path/);
  assert.equal((await ask("nobody/chat/completions", chat)).status, 404);
  assert.equal((await ask("%ff/chat/completions", chat)).status, 404);
  assert.equal((await ask("a/b/chat/completions", chat)).status, 404);
  assert.equal((await ask("solo/realtime", chat)).status, 404);
});

test("what a deployment is asked for is decided as by any other path, and a refusal sends nothing", async (t) => {
  const cell = await startTestCell(t);
  const key = { "api-key": keyOf("nomad") };
  const path = "/openai/deployments/assistant/chat/completions";
  const refused = await post(cell, path, JSON.stringify(chat), key);
  assert.equal(refused.status, 451);
  const store = await post(cell, path, JSON.stringify({ ...chat, store: true }), azureKey);
  assert.equal(store.status, 400);
  assert.match(await store.text(), /`store`/);
  const decided = cell.entries.filter((entry) => entry.t === "decision");
  assert.deepEqual(
    decided.map(({ verdict }) => verdict),
    ["refuse"],
  );
  for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
});

test("a path that is not there is told with those that are, each by one name", async (t) => {
  const cell = await startTestCell(t);
  const answer = await post(cell, "/v1/fine_tuning/jobs", "{}");
  assert.equal(answer.status, 404);
  const told = await answer.text();
  for (const { path } of operationSamples) assert.ok(told.includes(`\`POST ${path}\``), path);
  assert.ok(!told.includes("/v2/rerank") && !told.includes("/openai/"));
});

function post(
  { gateway }: TestCell,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = bearer,
): Promise<Response> {
  return fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}
