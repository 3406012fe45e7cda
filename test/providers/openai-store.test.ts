// What leaves for OpenAI and what leaves for another server of its dialect, at the upstream's socket.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startRawUpstream } from "../support/raw-http.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";

const members = '"messages":[{"role":"user","content":"\\u0068i"}], "temperature":1.0';
const streamed = `"stream":true,"stream_options":{"include_usage":true},${members}`;
const openAi = "engine: openai, provider: openai, region: us, support: US";
const other = "engine: openai-compatible, url: http://127.0.0.1:1, operator: pacific-cloud, place: US";

for (const { title, endpoint, path = "/v1/chat/completions", asked, sent } of [
  {
    title: "a chat that says nothing of `store`",
    endpoint: openAi,
    asked: `{"model":"m",${members}}`,
    sent: `{"store":false,"model":"gpt",${members}}`,
  },
  {
    title: "a streamed chat that says nothing of `store`",
    endpoint: openAi,
    asked: `{"model":"m",${streamed}}`,
    sent: `{"store":false,"model":"gpt",${streamed}}`,
  },
  {
    title: "a message that became a chat",
    endpoint: openAi,
    path: "/v1/messages",
    asked: '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
    sent: '{"store":false,"model":"gpt","messages":[{"role":"user","content":"hi"}],"max_tokens":9}',
  },
  {
    title: "a chat that says null",
    endpoint: openAi,
    asked: `{"model":"m","store":null,${members}}`,
    sent: `{"model":"gpt","store":false,${members}}`,
  },
  {
    title: "a chat that says no",
    endpoint: openAi,
    asked: `{"model":"m","store":false,${members}}`,
    sent: `{"model":"gpt","store":false,${members}}`,
  },
  {
    title: "a chat that the model lets say yes",
    endpoint: openAi,
    asked: `{"model":"m","store":true,${members}}`,
    sent: `{"model":"gpt","store":true,${members}}`,
  },
  {
    title: "an embedding, of which nothing is stored",
    endpoint: openAi,
    path: "/v1/embeddings",
    asked: '{"model":"m","input":"hi"}',
    sent: '{"model":"gpt","input":"hi"}',
  },
  {
    title: "a completion, of which nothing is stored",
    endpoint: openAi,
    path: "/v1/completions",
    asked: '{"model":"m","prompt":"hi"}',
    sent: '{"model":"gpt","prompt":"hi"}',
  },
  {
    title: "a chat for another server of the dialect, which may not know the member",
    endpoint: other,
    asked: `{"model":"m",${members}}`,
    sent: `{"model":"gpt",${members}}`,
  },
]) {
  test(`${title} leaves with the caller's bytes but for the alias and what is said of \`store\``, async (t) => {
    assert.equal(await bodyAt(t, { endpoint, path, asked }), sent);
  });
}

async function bodyAt(
  t: TestContext,
  { endpoint, path, asked }: { endpoint: string; path: string; asked: string },
): Promise<string | undefined> {
  const upstream = await startRawUpstream(t, (socket) =>
    socket.end("HTTP/1.1 400 X\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"),
  );
  const policy = testPolicy
    .replace("\nmodels:", `\n  hosted: { cell: us-virginia, ${endpoint} }\nmodels:`)
    .replace("models:\n", "models:\n  m: { allows: [store], served-by: { hosted: gpt } }\n");
  const cell = await startTestCell(t, { policy, cell: "us-virginia", urls: { hosted: upstream.url } });
  await fetch(cell.gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("demo-shop")}`, "content-type": "application/json" },
    body: asked,
  });
  return upstream.requests.find((request) => request.startsWith("POST "))?.split("\r\n\r\n")[1];
}
