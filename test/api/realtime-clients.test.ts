// OpenAI's official clients for realtime sessions, for Node and for browsers, against a cell with nothing changed but the base URL.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { setDefaultCACertificates } from "node:tls";
import OpenAI, { AzureOpenAI } from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { RefusedError, connectRealtime, refusedRealtime } from "../support/realtime-client.ts";
import { keyOf, startTestCell, type TestCell } from "../support/test-cell.ts";
import { tinyAuthority } from "../support/tiny-certificates.ts";

const servers = tinyAuthority("servers");
// Both clients want TLS, and neither says whom to believe.
setDefaultCACertificates([servers.certificate]);

async function startSecure(t: TestContext, corsOrigins: readonly string[] = []): Promise<TestCell> {
  return startTestCell(t, { tls: { ...servers.issue("127.0.0.1"), clients: [] }, corsOrigins });
}

function clientOf({ gateway }: TestCell): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: keyOf("demo-bank"), maxRetries: 0 });
}

type Session = OpenAIRealtimeWS | OpenAIRealtimeWebSocket;

/** Asks once, and returns what was said. */
async function converse(session: Session): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  session.on("error", reject);
  session.on("session.created", () => {
    session.send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
    const content = [{ type: "input_text" as const, text: "Which law governs?" }];
    session.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
    session.send({ type: "response.create" });
  });
  session.on("response.output_text.delta", ({ delta }) => (text += delta));
  session.on("response.done", ({ response }) => {
    assert.ok((response.usage?.output_tokens ?? 0) > 0);
    resolve(text);
  });
  return promise;
}

test("the client for Node holds a conversation", async (t) => {
  const cell = await startSecure(t);
  const session = new OpenAIRealtimeWS({ model: "assistant" }, clientOf(cell));
  assert.match(await converse(session), /simulated engine in DE/);
  session.close();
  await once(session.socket, "close");
});

test("the client for Azure holds one, by a deployment", async (t) => {
  const cell = await startSecure(t);
  const endpoint = cell.gateway.url;
  const apiVersion = "2025-04-01-preview";
  const client = new AzureOpenAI({
    endpoint,
    apiVersion,
    apiKey: keyOf("demo-bank"),
    deployment: "assistant",
  });
  const session = await OpenAIRealtimeWS.azure(client);
  assert.match(await converse(session), /simulated engine in DE/);
  session.close();
  await once(session.socket, "close");
});

test("the client for browsers holds one, with its key among the subprotocols", async (t) => {
  const cell = await startSecure(t);
  const session = new OpenAIRealtimeWebSocket({ model: "assistant" }, clientOf(cell));
  assert.match(await converse(session), /simulated engine in DE/);
  assert.equal((session.socket as { readonly protocol: string }).protocol, "realtime");
  session.close();
});

test("a client is told which of its events is refused, and why", async (t) => {
  const cell = await startSecure(t);
  const session = new OpenAIRealtimeWS({ model: "assistant" }, clientOf(cell));
  const { promise, resolve } = Promise.withResolvers<unknown>();
  session.on("error", resolve);
  await once(session.socket, "open");
  const tools = [{ type: "mcp" as const, server_label: "a", server_url: "https://mcp.example" }];
  session.send({ type: "session.update", event_id: "mine", session: { type: "realtime", tools } });
  const { error } = (await promise) as { error: { param: string; event_id: string; message: string } };
  assert.deepEqual([error.param, error.event_id], ["session.tools[0].type", "mine"]);
  session.close();
});

test("a page's key counts from an origin that the cell names, and from no other", async (t) => {
  const cell = await startSecure(t, ["https://pages.example"]);
  const protocols = ["realtime", `openai-insecure-api-key.${keyOf("demo-bank")}`];
  const client = await connectRealtime(cell, { protocols, options: { origin: "https://pages.example" } });
  assert.equal(client.webSocket.protocol, "realtime");
  client.webSocket.close();
  const refused = await refusedRealtime(cell, { protocols, options: { origin: "https://other.example" } });
  assert.ok(refused instanceof RefusedError);
  assert.deepEqual([refused.status, refused.error.param], [403, "origin"]);
  const unknown = ["realtime", "openai-insecure-api-key.sk-nobody"];
  assert.equal((await refusedRealtime(cell, { protocols: unknown })).status, 401);
  const two = [...protocols, "openai-insecure-api-key.sk-demo-shop"];
  assert.equal((await refusedRealtime(cell, { protocols: two })).status, 401);
});
