// A provider whose tokens cannot be had, in a whole cell.
import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeView } from "../../src/ledger/index.ts";
import { startRawUpstream } from "../support/raw-http.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";
import { startTokenEndpoint } from "../support/token-endpoint.ts";
import { azureOpenAiShapes } from "./azure-openai-shapes.ts";
import { secretKey } from "./provider-shapes.ts";
import { vertexShapes } from "./vertex-shapes.ts";

const privateKey = /PRIVATE KEY-----\\n([^\\]+)/.exec(vertexShapes.key)?.[1] ?? vertexShapes.key;
const application = JSON.stringify({ tenantId: "acme.example", clientId: "c-1", clientSecret: secretKey });

for (const { shapes, key, secret } of [
  { shapes: vertexShapes, key: vertexShapes.key, secret: privateKey },
  { shapes: azureOpenAiShapes, key: application, secret: secretKey },
]) {
  const { engine, endpoint, model, members } = shapes;
  test(`${engine}: where no token is to be had, nothing is sent, nothing is told, and another endpoint answers`, async (t) => {
    const upstream = await startRawUpstream(t, () => undefined);
    const tokens = await startTokenEndpoint(t, () => ({ status: 400, body: '{"error":"invalid_grant"}' }));
    const cell = await startTestCell(t, {
      policy: testPolicy
        .replace(
          "\nmodels:",
          `\n  hosted: { cell: us-virginia, engine: ${engine}, ${endpoint}, key: "\${env:HOSTED_KEY}" }\nmodels:`,
        )
        .replace(
          "models:\n",
          `models:\n  hosted: { served-by: { hosted: ${model}, iad-1: { model: assistant, order: 2 } } }\n`,
        ),
      cell: "us-virginia",
      urls: { hosted: upstream.url },
      apiKeys: { hosted: key },
      tokenUrls: { hosted: tokens.url },
    });
    const answer = await fetch(`${cell.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${keyOf("demo-shop")}`, "content-type": "application/json" },
      body: `{"model":"hosted",${members}}`,
    });
    const body = await answer.text();
    assert.equal(answer.status, 200, body);
    const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
    assert.ok(outcome?.t === "outcome");
    assert.deepEqual(
      outcomeView(outcome).attempts.map((each) => [each.endpoint, each.sent, each.failure]),
      [
        ["hosted", false, "unreachable"],
        ["iad-1", true, null],
      ],
    );
    assert.ok(!upstream.requests.some((request) => request.startsWith("POST")));
    assert.equal(tokens.requests.length, 1);
    assert.match(cell.logLines.join("\n"), /"cause":"token_refused"/);
    for (const text of [body, JSON.stringify(cell.entries), ...cell.logLines, cell.metrics()])
      assert.ok(!text.includes(secret), text);
  });
}
