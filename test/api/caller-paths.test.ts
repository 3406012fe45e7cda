// The other paths by which callers ask for what there is: the same operation, the same law, and an engine's own path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { operationSamples, sampleBody } from "../support/operation-samples.ts";
import { startRawUpstream, wholeAnswer } from "../support/raw-http.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "../support/test-cell.ts";

const paths: readonly { readonly asked: string; readonly operation: string }[] = [
  { asked: "/rerank", operation: "rerank" },
  { asked: "/v2/rerank", operation: "rerank" },
];

for (const { asked, operation } of paths) {
  test(`${asked} is ${operation}, and an engine is asked where engines have it`, async (t) => {
    const sample = operationSamples.find((each) => each.operation === operation);
    assert.ok(sample);
    const upstream = await startRawUpstream(t, (socket) => socket.write(wholeAnswer(200, sample.whole)));
    const policy = testPolicy.replace("engine: sim", `engine: openai-compatible, serves: [${operation}]`);
    const cell = await startTestCell(t, { policy, urls: { "fra-1": upstream.url } });
    const body = sampleBody(sample, { model: "solo" });
    const answer = await post(cell, asked, body);
    assert.deepEqual([answer.status, await answer.text()], [200, sample.whole]);
    const [head = "", sent] = upstream.requests[0]?.split("\r\n\r\n") ?? [];
    assert.match(head, new RegExp(`^POST ${sample.path} HTTP/1.1\r\n`));
    assert.equal(sent, body.replace('"solo"', '"assistant"'));
  });
}

test("a path that is not there is told with those that are, each by one name", async (t) => {
  const cell = await startTestCell(t);
  const answer = await post(cell, "/v1/fine_tuning/jobs", "{}");
  assert.equal(answer.status, 404);
  const told = await answer.text();
  for (const { path } of operationSamples) assert.ok(told.includes(`\`POST ${path}\``), path);
  assert.ok(!told.includes("/v2/rerank"));
});

function post(
  { gateway }: TestCell,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${keyOf("demo-bank")}` },
): Promise<Response> {
  return fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}
