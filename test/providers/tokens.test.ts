// A provider whose tokens cannot be had, in a whole cell.
import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeView } from "../../src/ledger/index.ts";
import { startRawUpstream } from "../support/raw-http.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";
import { startTokenEndpoint } from "../support/token-endpoint.ts";
import { vertexShapes } from "./vertex-shapes.ts";

test("where no token is to be had, nothing is sent and another endpoint answers", async (t) => {
  const upstream = await startRawUpstream(t, () => undefined);
  const google = await startTokenEndpoint(t, () => ({ status: 400, body: '{"error":"invalid_grant"}' }));
  const cell = await startTestCell(t, {
    policy: testPolicy
      .replace(
        "\nmodels:",
        `\n  hosted: { cell: us-virginia, engine: vertex, ${vertexShapes.endpoint}, key: "\${env:HOSTED_KEY}" }\nmodels:`,
      )
      .replace(
        "models:\n",
        "models:\n  hosted: { served-by: { hosted: gemini-3-pro, iad-1: { model: assistant, order: 2 } } }\n",
      ),
    cell: "us-virginia",
    urls: { hosted: upstream.url },
    apiKeys: { hosted: vertexShapes.key },
    tokenUrls: { hosted: google.url },
  });
  const answer = await fetch(`${cell.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("demo-shop")}`, "content-type": "application/json" },
    body: `{"model":"hosted",${vertexShapes.members}}`,
  });
  assert.equal(answer.status, 200, await answer.text());
  const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
  assert.ok(outcome?.t === "outcome");
  const attempts = outcomeView(outcome).attempts.map(({ endpoint, sent, failure }) => [
    endpoint,
    sent,
    failure,
  ]);
  assert.deepEqual(attempts, [
    ["hosted", false, "unreachable"],
    ["iad-1", true, null],
  ]);
  assert.deepEqual(
    upstream.requests.filter((request) => request.startsWith("POST")),
    [],
  );
  assert.equal(google.requests.length, 1);
  assert.ok(
    cell.logLines.some((line) => line.includes('"cause":"token_refused"')),
    cell.logLines.join("\n"),
  );
});
