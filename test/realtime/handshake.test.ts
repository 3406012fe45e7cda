// What is taken back, or ordered, while a session's engine is still shaking hands: the session does not begin.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { WebSocketServer } from "ws";
import { askAdmin } from "../support/ask-admin.ts";
import { noteOf, policyWithCounsel, putNote, suspension } from "../support/legal-notes.ts";
import { connectRealtime, refusedRealtime } from "../support/realtime-client.ts";
import { playedBy } from "../support/realtime-engine.ts";
import { keyOf, startTestCell, type TestCell, type TestCellOptions } from "../support/test-cell.ts";
import { tinyAuthority } from "../support/tiny-certificates.ts";

interface HeldEngine {
  readonly url: string;
  /** Resolves when a handshake has come; it is answered after `release`. */
  readonly asked: Promise<void>;
  release(): void;
  /** What came in its sessions. */
  readonly heard: readonly string[];
}

/** Answers chats at once, from another place than it should. */
async function startHeldEngine(t: TestContext): Promise<HeldEngine> {
  const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const heard: string[] = [];
  const sessions = new WebSocketServer({ noServer: true });
  sessions.on("headers", (headers) => headers.push("x-sim-place: DE"));
  const choices = [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }];
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "x-sim-place": "US" });
    response.end(JSON.stringify({ object: "chat.completion", choices }));
  });
  server.on("upgrade", (request, socket, head) => {
    asked.resolve();
    void released.promise.then(() =>
      sessions.handleUpgrade(request, socket, head, (webSocket) =>
        webSocket.on("message", (text: Buffer) => heard.push(String(text))),
      ),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(async () => {
    for (const webSocket of sessions.clients) webSocket.terminate();
    server.closeAllConnections();
    await once(server.close(), "close");
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked: asked.promise, release: () => released.resolve(), heard };
}

const played = playedBy(policyWithCounsel);
const simulated = policyWithCounsel.replace(
  "fra-1: { cell: eu-frankfurt, engine: sim,",
  "fra-1: { cell: eu-frankfurt, engine: sim, serves: [chat_completions, realtime],",
);

for (const { title, policy = played, act, type } of [
  {
    title: "a reload without its tenant",
    act: (cell: TestCell) => cell.reload(played.replace(/ {2}demo-bank:\n[^\n]*\n/, "")),
    type: "gateway_session_over",
  },
  {
    title: "an erasure of its subject",
    act: (cell: TestCell) =>
      askAdmin(cell, "POST", "/admin/erasures", {
        tenant: "demo-bank",
        person: "patient-4711",
        ground: "gdpr-17-1-b",
      }),
    type: "gateway_session_over",
  },
  {
    title: "a quarantine of its endpoint",
    policy: simulated,
    act: (cell: TestCell) => chat(cell),
    type: "gateway_session_over",
  },
  {
    title: "a legal event",
    act: async (cell: TestCell) => {
      putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-1", "endpoint", "fra-1")));
      while (!/bailiwick_legal_events\{[^}]*\} 1/.test(cell.metrics()))
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    type: "policy_overtaken",
  },
]) {
  test(`${title} while its engine shakes hands ends a session before it begins`, async (t) => {
    const engine = await startHeldEngine(t);
    const cell = await startTestCell(t, { policy, urls: { "fra-1": engine.url } });
    const headers = { authorization: `Bearer ${keyOf("demo-bank")}`, "bailiwick-subject": "patient-4711" };
    const refused = refusedRealtime(cell, { model: "solo", options: { headers } });
    await engine.asked;
    await act(cell);
    engine.release();
    const { status } = await refused;
    assert.ok(status === 503 || status === 451, `${status}`);
    const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
    if (type === "gateway_session_over") assert.equal(outcome?.t === "outcome" && outcome.error, type);
    assert.deepEqual(engine.heard, []);
  });
}

test("certificates that are judged anew while its engine shakes hands end a session", async (t) => {
  const engine = await startHeldEngine(t);
  const [servers, acme] = [tinyAuthority("servers"), tinyAuthority("acme")];
  const policy = played.replace(
    /(demo-bank:\n[^\n]*keys: \{ )a: \{[^}]*\}/,
    "$1a: { spiffe: spiffe://acme.example/a }",
  );
  const clients = [{ trustDomain: "acme.example", certificates: acme.certificate }];
  const tls: NonNullable<TestCellOptions["tls"]> = { ...servers.issue("127.0.0.1"), clients };
  const cell = await startTestCell(t, { policy, tls, urls: { "fra-1": engine.url } });
  const shown = acme.issueFor({ uris: ["spiffe://acme.example/a"] });
  const options = { headers: {}, ca: servers.certificate, cert: shown.certificate, key: shown.key };
  const opening = connectRealtime(cell, { model: "solo", options }).then(
    ({ closed }) => closed,
    () => ({ reason: "refused" }),
  );
  await engine.asked;
  await cell.gateway.renewTls({ ...tls, clients: [] });
  engine.release();
  assert.match((await opening).reason, /gateway_session_over|refused/);
  assert.deepEqual(engine.heard, []);
});

function chat({ gateway }: TestCell): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("demo-bank")}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "solo", messages: [{ role: "user", content: "hi" }] }),
  });
}
