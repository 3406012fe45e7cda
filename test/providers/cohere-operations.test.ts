// What Cohere is asked beside chats, through a whole cell, and the two statuses that it alone has.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startRawUpstream } from "../support/raw-http.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "../support/test-cell.ts";
import { cohereError } from "./cohere-shapes.ts";

const id = "2b9c1f6e-7a64-4e8a-9d0b-5c3f1e2d4a6b";
const meta = { api_version: { version: "2" }, billed_units: { input_tokens: 3 } };

interface Played {
  readonly status?: number;
  readonly body: string;
}

interface Asked {
  readonly answer: Response;
  readonly cell: TestCell;
  /** The first line and the body of each request. */
  readonly got: readonly (readonly [line: string, body: unknown])[];
}

async function ask(
  t: TestContext,
  path: string,
  members: object,
  { status = 200, body }: Played,
): Promise<Asked> {
  const upstream = await startRawUpstream(t, (socket) =>
    socket.end(
      `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ),
  );
  const policy = testPolicy
    .replace(
      "\nmodels:",
      '\n  hosted: { cell: us-virginia, engine: cohere, url: https://cohere.internal, operator: pacific-cloud, place: US, key: "${env:HOSTED_KEY}" }\nmodels:',
    )
    .replace("models:\n", "models:\n  m: { served-by: { hosted: embed-v4.0 } }\n");
  const urls = { hosted: upstream.url };
  const cell = await startTestCell(t, { policy, cell: "us-virginia", urls, apiKeys: { hosted: "k" } });
  const answer = await fetch(cell.gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("demo-shop")}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", ...members }),
  });
  const got = upstream.requests
    .filter((request) => request.startsWith("POST "))
    .map((request) => {
      const [head = "", asked = ""] = request.split("\r\n\r\n");
      return [head.split("\r\n")[0] ?? "", JSON.parse(asked) as unknown] as const;
    });
  return { answer, cell, got };
}

test("OpenAI's embeddings are Cohere's, with the purpose that the caller names", async (t) => {
  const embeddings = JSON.stringify({ id, embeddings: { float: [[0.5, -1]] }, meta });
  const asked = { input: "hi", input_type: "search_query" };
  const { answer, cell, got } = await ask(t, "/v1/embeddings", asked, { body: embeddings });
  assert.deepEqual(await answer.json(), {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [0.5, -1] }],
    model: "m",
    usage: { prompt_tokens: 3, total_tokens: 3 },
  });
  assert.deepEqual(got, [
    [
      "POST /v2/embed HTTP/1.1",
      {
        model: "embed-v4.0",
        texts: ["hi"],
        input_type: "search_query",
        embedding_types: ["float"],
        truncate: "NONE",
      },
    ],
  ]);
  const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
  assert.ok(outcome?.t === "outcome");
  assert.equal(outcome.result, "complete");
});

test("embeddings that do not say what they are for are 400, and Cohere is not asked", async (t) => {
  const { answer, got } = await ask(t, "/v1/embeddings", { input: "hi" }, { body: "{}" });
  const { error } = (await answer.json()) as { readonly error: { readonly param: string } };
  assert.deepEqual([answer.status, error.param, got], [400, "input_type", []]);
});

test("a ranking passes to Cohere's second version, and back, as it is", async (t) => {
  const results = [
    { index: 1, relevance_score: 0.9 },
    { index: 0, relevance_score: 0.1 },
  ];
  const ranking = { id, results, meta: { billed_units: { search_units: 1 } } };
  const asked = { query: "q", documents: ["a", "b"], top_n: 2 };
  const { answer, got } = await ask(t, "/v1/rerank", asked, { body: JSON.stringify(ranking) });
  assert.deepEqual([answer.status, await answer.json()], [200, ranking]);
  assert.deepEqual(got, [["POST /v2/rerank HTTP/1.1", { model: "embed-v4.0", ...asked }]]);
});

for (const { status, told, noted } of [
  { status: 498, told: 400, noted: "rejected" },
  { status: 499, told: 503, noted: "status_499" },
]) {
  test(`Cohere's ${status} is ${told} to the caller, and ${noted} on record`, async (t) => {
    const members = { messages: [{ role: "user", content: "hi" }] };
    const body = cohereError("Something went wrong");
    const { answer, cell } = await ask(t, "/v1/chat/completions", members, { status, body });
    assert.equal(answer.status, told);
    const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
    assert.ok(outcome?.t === "outcome");
    assert.equal(JSON.stringify(outcome.attempts).includes(`"${noted}"`), true, JSON.stringify(outcome));
  });
}
