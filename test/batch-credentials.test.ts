// A batch that was submitted over the connection of a certificate and with a key beside it: each of its lines needs both.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "./support/demo.ts";
import { chatLines, type ResultLine } from "./support/storing-cell.ts";
import { keyHash, startTestCell, type TestCell, testPolicy } from "./support/test-cell.ts";
import { tinyAuthority } from "./support/tiny-certificates.ts";

const servers = tinyAuthority("servers");
const acme = tinyAuthority("acme");
const server = servers.issue("127.0.0.1");
const shown = acme.issueFor({ uris: ["spiffe://acme.example/app"] });
const tls = {
  certificate: server.certificate,
  key: server.key,
  clients: [{ trustDomain: "acme.example", certificates: acme.certificate }],
};

const workload = "      app: { spiffe: spiffe://acme.example/app }\n";
const key = `      hash: { sha256: ${keyHash("sk-acme")}, team: search }\n`;
const policyWith = (keys: string, team = ""): string => `${testPolicy}
  acme:
    established: DE
    subjects: DE
    class: personal
    files: { batches: { at-once: 1 } }
    teams: { search: { ${team} } }
    keys:
${keys}`;

const byKey = { authorization: "Bearer sk-acme" };

for (const { gone, left, asks } of [
  { gone: "the key", left: workload, asks: {} },
  { gone: "the certificate's name", left: key, asks: byKey },
]) {
  test(`once ${gone} is taken from the policy, no line is answered`, async (t) => {
    const timing = { prefillBaseMs: 40, prefillTokensPerSecond: 1_000_000, decodeMsPerToken: 0 };
    const cell = await startTestCell(t, { policy: policyWith(workload + key), tls, timing });
    const both = callerOf(t, cell, true);
    const id = await submitBatch(both, byKey, 100);
    await eventually(async () => (await show(both, id)).request_counts.completed > 0);
    await cell.reload(policyWith(left));
    const other = callerOf(t, cell, left === workload);
    await eventually(async () => (await show(other, id, asks)).status === "completed", 20_000);
    const { error_file_id: errors } = await show(other, id, asks);
    const lines = (await other(`/v1/files/${errors}/content`, { headers: asks })).trimEnd().split("\n");
    const statuses = lines.map((line) => (JSON.parse(line) as ResultLine).response?.status_code);
    assert.ok(statuses.length > 0 && statuses.every((status) => status === 401), statuses.join());
  });
}

test("the limits of both hold for its lines", async (t) => {
  const policy = policyWith(workload + key, "limits: { requests-per-minute: 3 }");
  const cell = await startTestCell(t, { policy, tls });
  const ask = callerOf(t, cell, true);
  const id = await submitBatch(ask, byKey, 6);
  await pause(3_000);
  assert.deepEqual((await show(ask, id)).request_counts, { total: 6, completed: 1, failed: 0 });
});

interface Batch {
  readonly status: string;
  readonly error_file_id: string | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FormData | string;
}

type Ask = (path: string, asked?: Asked) => Promise<string>;

/** Over one connection. Resolves with the body of a 200. */
function callerOf(t: TestContext, { gateway }: TestCell, hasCertificate: boolean): Ask {
  const proof = hasCertificate ? { cert: shown.certificate, key: shown.key } : {};
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: servers.certificate, ...proof });
  t.after(() => agent.destroy());
  return async (path, { headers = {}, body } = {}) => {
    const sent = new Response(body ?? null);
    const type = typeof body === "string" ? "application/json" : sent.headers.get("content-type");
    const asking = request(`${gateway.url}${path}`, {
      agent,
      method: body === undefined ? "GET" : "POST",
      headers: { ...headers, ...(type !== null && { "content-type": type }) },
    });
    asking.end(Buffer.from(await sent.arrayBuffer()));
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    const told = await text(answer);
    assert.equal(answer.statusCode, 200, told);
    return told;
  };
}

async function submitBatch(
  ask: Ask,
  headers: Readonly<Record<string, string>>,
  lineCount: number,
): Promise<string> {
  const form = new FormData();
  form.set("purpose", "batch");
  form.set("file", new Blob([chatLines(lineCount).join("\n")]), "lines.jsonl");
  const file = JSON.parse(await ask("/v1/files", { headers, body: form })) as { readonly id: string };
  const wish = { input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" };
  const batch = await ask("/v1/batches", { headers, body: JSON.stringify(wish) });
  return (JSON.parse(batch) as { readonly id: string }).id;
}

async function show(ask: Ask, id: string, headers: Readonly<Record<string, string>> = {}): Promise<Batch> {
  return JSON.parse(await ask(`/v1/batches/${id}`, { headers })) as Batch;
}
