import assert from "node:assert/strict";
import { test } from "node:test";
import { servedOperations } from "./values/served-operation.ts";
import { readTestPolicy, testPolicy } from "../../test/support/test-cell.ts";

const written = "fra-1: { cell: eu-frankfurt, engine: sim,";

function policyWith(keys: string): () => ReturnType<typeof readTestPolicy> {
  return () => readTestPolicy(testPolicy.replace(written, `${written} ${keys},`));
}

test("an endpoint may say how it is called, with its secrets by reference", () => {
  const keys =
    "path: /openai/chat, serves: [chat_completions, embeddings], health-path: /ready, query: { api-version: 2024-10-21 }, ca: ca.pem, " +
    'headers: { api-key: "${env:KEY}", x-team: blue }, client-certificate: { certificate: a.pem, key: b.pem }';
  const endpoint = Array.from(policyWith(keys)().endpoints.values()).find(({ id }) => id === "fra-1");
  assert.deepEqual(endpoint?.calling, {
    path: "/openai/chat",
    serves: ["chat_completions", "embeddings"],
    healthPath: "/ready",
    headers: { "api-key": { kind: "env", name: "KEY" }, "x-team": "blue" },
    query: { "api-version": "2024-10-21" },
    caPath: "ca.pem",
    client: { certificatePath: "a.pem", keyPath: "b.pem" },
  });
});

test("another cell answers whatever this one does, and any other endpoint what its kind does", () => {
  const peer = "fra-1: { cell: eu-frankfurt, engine: openai-compatible, peer: us-virginia,";
  const { endpoints } = readTestPolicy(testPolicy.replace("fra-1: { cell: eu-frankfurt, engine: sim,", peer));
  const servedBy = (wanted: string): unknown =>
    Array.from(endpoints.values()).find(({ id }) => id === wanted)?.calling?.serves;
  assert.deepEqual(servedBy("fra-1"), servedOperations);
  assert.equal(servedBy("fra-2"), undefined);
});

for (const keys of [
  "path: //elsewhere.example/v1",
  "path: /v1/../admin",
  "path: /v1?x=1",
  "serves: []",
  "serves: [chat, embeddings]",
  "headers: { host: elsewhere.example }",
  "headers: { transfer-encoding: chunked }",
  "headers: { bailiwick-transfer: a }",
  'headers: { x-a: "a\\r\\nx-b: c" }',
]) {
  test(`\`${keys}\` is no way to call an endpoint`, () => {
    assert.throws(policyWith(keys), /fra-1/);
  });
}

test("what stands for a secret in a header is not shown", () => {
  assert.throws(
    policyWith("headers: { api-key: sk-hunter2 }"),
    (error: Error) => !error.message.includes("hunter2"),
  );
});
