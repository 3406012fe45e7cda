// OpenAI's embeddings of Google's models, through a whole cell.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import OpenAI from "openai";
import { serviceAccountFile, startTokenEndpoint } from "../support/token-endpoint.ts";
import { type RawUpstream, startRawUpstream } from "../support/raw-http.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";

const model = "gemini-embedding-001";

interface Hosted {
  readonly engine: string;
  readonly endpoint: string;
  readonly key: string;
  readonly needsTokens: boolean;
  /** To one text. */
  readonly body: object;
  readonly line: string;
}

const hosted: readonly Hosted[] = [
  {
    engine: "gemini",
    endpoint: "url: https://generativelanguage.googleapis.com, operator: pacific-cloud, place: US",
    key: "k",
    needsTokens: false,
    body: { embeddings: [{ values: [0.5, -1] }] },
    line: `POST /v1beta/models/${model}:batchEmbedContents HTTP/1.1`,
  },
  {
    engine: "vertex",
    endpoint:
      "provider: vertex, region: us-central1, url: https://us-central1-aiplatform.googleapis.com, support: US",
    key: serviceAccountFile(),
    needsTokens: true,
    body: { predictions: [{ embeddings: { values: [0.5, -1], statistics: { token_count: 2 } } }] },
    line: `POST /v1/projects/acme-ai/locations/us-central1/publishers/google/models/${model}:predict HTTP/1.1`,
  },
];

async function cellBefore(
  t: TestContext,
  { engine, endpoint, key, needsTokens, body }: Hosted,
): Promise<{ readonly client: OpenAI; readonly upstream: RawUpstream }> {
  const text = JSON.stringify(body);
  const upstream = await startRawUpstream(t, (socket) =>
    socket.end(
      `HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    ),
  );
  const tokens = needsTokens ? await startTokenEndpoint(t, () => ({ token: "ya29.t" })) : null;
  const policy = testPolicy
    .replace(
      "\nmodels:",
      `\n  hosted: { cell: us-virginia, engine: ${engine}, ${endpoint}, key: "\${env:HOSTED_KEY}" }\nmodels:`,
    )
    .replace("models:\n", `models:\n  docs: { served-by: { hosted: ${model} } }\n`);
  const cell = await startTestCell(t, {
    policy,
    cell: "us-virginia",
    urls: { hosted: upstream.url },
    apiKeys: { hosted: key },
    ...(tokens && { tokenUrls: { hosted: tokens.url } }),
  });
  const client = new OpenAI({ baseURL: `${cell.gateway.url}/v1`, apiKey: keyOf("demo-shop"), maxRetries: 0 });
  return { client, upstream };
}

for (const each of hosted) {
  test(`OpenAI's client, which asks for base64 by itself, reads the vectors of \`${each.engine}\``, async (t) => {
    const { client, upstream } = await cellBefore(t, each);
    const { data, model: named } = await client.embeddings.create({ model: "docs", input: "hi" });
    assert.deepEqual([data[0]?.embedding, named], [[0.5, -1], "docs"]);
    const lines = upstream.requests.map((request) => request.split("\r\n")[0] ?? "");
    assert.deepEqual(
      lines.filter((line) => line.startsWith("POST ")),
      [each.line],
    );
  });

  test(`tokens in the place of texts are 400, and \`${each.engine}\` is not asked`, async (t) => {
    const { client, upstream } = await cellBefore(t, each);
    await assert.rejects(client.embeddings.create({ model: "docs", input: [1, 2] }), {
      status: 400,
      param: "input",
    });
    assert.deepEqual(
      upstream.requests.filter((request) => request.startsWith("POST ")),
      [],
    );
  });
}
