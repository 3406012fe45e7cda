// A realtime session through a whole cell: the law before a byte, events both ways, one request of the ledger.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connectRealtime, refusedRealtime } from "../support/realtime-client.ts";
import { playedBy, startRealtimeEngine } from "../support/realtime-engine.ts";
import { startTestCell, testPolicy } from "../support/test-cell.ts";

const item = {
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text: "Which law governs?" }] },
};

test("a session is decided and recorded before its engine is asked, and its outcome says what it used", async (t) => {
  const cell = await startTestCell(t);
  const client = await connectRealtime(cell);
  assert.match(String(client.headers["bailiwick-endpoint"]), /^fra-/);
  assert.match(String(client.headers["bailiwick-ledger"]), /#\d+$/);
  const created = await client.heard("session.created");
  assert.deepEqual(created["session"], { object: "realtime.session", type: "realtime", model: "assistant" });
  client.say(item);
  client.say({ type: "response.create" });
  const done = await client.heard("response.done");
  const { usage } = done["response"] as { usage: { input_tokens: number; output_tokens: number } };
  client.webSocket.close(1000);
  assert.deepEqual(await client.closed, { code: 1000, reason: "" });
  await cell.gateway.drain();
  const [decision, outcome, ...others] = cell.entries.filter(({ t: kind }) => kind !== "policy");
  assert.deepEqual(others, []);
  assert.ok(decision?.t === "decision" && outcome?.t === "outcome");
  assert.deepEqual([decision.verdict, outcome.result, outcome.status], ["permit", "complete", 101]);
  const [attempt] = outcome.attempts;
  assert.ok(attempt && "usage" in attempt);
  assert.deepEqual([attempt.usage?.input, attempt.usage?.output], [usage.input_tokens, usage.output_tokens]);
  assert.match(JSON.stringify(cell.logLines), /"route\\":\\"realtime/);
  assert.match(JSON.stringify(cell.logLines), /"isTaken\\":true/);
  assert.doesNotMatch(JSON.stringify(cell.logLines), /Which law/);
});

for (const path of [
  "/openai/v1/realtime?model=assistant",
  "/openai/realtime?api-version=2025-04-01-preview&deployment=assistant",
]) {
  test(`a session is opened at \`${path}\``, async (t) => {
    const cell = await startTestCell(t);
    const client = await connectRealtime(cell, { path });
    await client.heard("session.created");
    client.webSocket.close(1000);
    assert.equal((await client.closed).code, 1000);
  });
}

test("Azure is asked at the path that takes no version, with the deployment's name and its key", async (t) => {
  const engine = await startRealtimeEngine(t, (_webSocket, say) => say({ type: "session.created" }));
  const policy = playedBy(testPolicy).replace(
    "engine: openai-compatible, serves: [realtime],",
    "engine: azure-openai, serves: [realtime], query: { api-version: 2025-01-01, tier: a },",
  );
  const urls = { "fra-1": engine.url };
  const cell = await startTestCell(t, { policy, urls, apiKeys: { "fra-1": "k-1" } });
  const client = await connectRealtime(cell, { model: "solo" });
  await client.heard("session.created");
  const [asked] = engine.asked;
  assert.equal(asked?.url, "/openai/v1/realtime?tier=a&model=gpt-realtime");
  assert.deepEqual([asked.headers["api-key"], asked.headers.authorization], ["k-1", undefined]);
  client.webSocket.close(1000);
  await client.closed;
});

test("what a response has used that was asked for and never told of is unknown", async (t) => {
  const engine = await startRealtimeEngine(t, () => undefined);
  const cell = await startTestCell(t, { policy: playedBy(testPolicy), urls: { "fra-1": engine.url } });
  const client = await connectRealtime(cell, { model: "solo" });
  client.say({ type: "response.create" });
  while (engine.heard.length === 0) await pause(5);
  client.webSocket.close(1000);
  await client.closed;
  await cell.gateway.drain();
  const outcome = cell.entries.findLast((entry) => entry.t === "outcome");
  assert.ok(outcome?.t === "outcome");
  const [attempt] = outcome.attempts;
  assert.deepEqual([outcome.result, attempt && "usage" in attempt && attempt.usage], ["complete", null]);
});

test("what the law forbids is refused by an answer of HTTP and recorded, and nobody is asked", async (t) => {
  const cell = await startTestCell(t);
  const refused = await refusedRealtime(cell, { tenant: "nomad" });
  assert.equal(refused.status, 451);
  assert.match(refused.error.message, /no endpoint is lawful/);
  assert.deepEqual(
    cell.entries.map((entry) => entry.t === "decision" && entry.verdict),
    ["refuse"],
  );
  for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
});

test("what passes passes as it came, but for the model's name, which each end knows by its own", async (t) => {
  const created = '{ "type":"session.created", "session":{"model" : "gpt-realtime","n":1.0, "é":"\\u00e9"}}';
  const other = '{"type":"something.new","n":12345678901234567890}';
  const engine = await startRealtimeEngine(t, (_webSocket, say) => {
    say(created);
    say(other);
  });
  const urls = { "fra-1": engine.url };
  const cell = await startTestCell(t, {
    policy: playedBy(testPolicy),
    urls,
    apiKeys: { "fra-1": "sk-engine" },
  });
  const client = await connectRealtime(cell, { model: "solo" });
  await client.heard("something.new");
  assert.deepEqual(client.texts, [created.replace("gpt-realtime", "solo"), other]);
  const update = '{"type":"session.update","session":{"type":"realtime", "model" : "solo","speed":1.0}}';
  const append = '{ "event_id":"e-1","type":"input_audio_buffer.append","audio":"AA\\u0041="}';
  client.say(update);
  client.say(append);
  while (engine.heard.length < 2) await pause(5);
  assert.deepEqual(engine.heard, [update.replace("solo", "gpt-realtime"), append]);
  const [{ url, headers } = { url: "", headers: {} }] = engine.asked;
  assert.equal(url, "/v1/realtime?model=gpt-realtime");
  assert.equal(headers.authorization, "Bearer sk-engine");
  assert.equal(headers["x-request-id"], client.headers["bailiwick-request-id"]);
  assert.equal(headers["sec-websocket-extensions"], undefined);
  client.webSocket.close();
});

for (const { event, says, param } of [
  {
    event: { type: "session.update", session: { tools: [{ type: "mcp" }] } },
    says: /`tools` allowed/,
    param: "session.tools[0].type",
  },
  {
    event: { type: "session.update", session: { model: "gpt-5" } },
    says: /cannot be changed/,
    param: "session.model",
  },
  { event: { type: "call.transfer" }, says: /`type` must be one of/, param: "type" },
  { event: "[]", says: /is no JSON object/, param: null },
]) {
  test(`${JSON.stringify(event)} is answered and not passed on, and the session goes on`, async (t) => {
    const engine = await startRealtimeEngine(t, () => undefined);
    const cell = await startTestCell(t, { policy: playedBy(testPolicy), urls: { "fra-1": engine.url } });
    const client = await connectRealtime(cell, { model: "solo" });
    client.say(typeof event === "string" ? event : { event_id: "event-7", ...event });
    const { error } = (await client.heard("error")) as unknown as { error: Record<string, unknown> };
    assert.match(String(error["message"]), says);
    assert.deepEqual(
      [error["type"], error["param"], error["event_id"]],
      ["caller_invalid_request", param, typeof event === "string" ? null : "event-7"],
    );
    client.say({ type: "response.cancel" });
    while (engine.heard.length === 0) await pause(5);
    assert.deepEqual(engine.heard, ['{"type":"response.cancel"}']);
    client.webSocket.close();
  });
}

test("what the model's policy allows passes in a session too", async (t) => {
  const engine = await startRealtimeEngine(t, () => undefined);
  const policy = playedBy(testPolicy).replace("solo: {", "solo: { allows: [transcription],");
  const cell = await startTestCell(t, { policy, urls: { "fra-1": engine.url } });
  const client = await connectRealtime(cell, { model: "solo" });
  const audio = { input: { transcription: { model: "whisper-1" } } };
  client.say({ type: "session.update", session: { audio } });
  while (engine.heard.length === 0) await pause(5);
  client.webSocket.close();
});

for (const { title, path, options, status, type } of [
  { title: "without a model", path: "/v1/realtime", status: 400, type: "caller_invalid_request" },
  {
    title: "behind a second question mark",
    path: "/v1/realtime?model=solo?intent=transcription",
    status: 404,
    type: "caller_unknown_model",
  },
  {
    title: "of a model and of another deployment",
    path: "/openai/realtime?model=assistant&deployment=solo",
    status: 400,
    type: "caller_invalid_request",
  },
  { title: "of a call", path: "/v1/realtime?call_id=rtc_1", status: 400, type: "caller_invalid_request" },
  {
    title: "with two models",
    path: "/v1/realtime?model=solo&model=assistant",
    status: 400,
    type: "caller_invalid_request",
  },
  {
    title: "of a model that there is not",
    path: "/v1/realtime?model=gpt",
    status: 404,
    type: "caller_unknown_model",
  },
  {
    title: "with a wrong key",
    options: { headers: { authorization: "Bearer sk-x" } },
    status: 401,
    type: "caller_unauthenticated",
  },
  {
    title: "of a page that nobody knows",
    options: { origin: "https://pages.example" },
    status: 403,
    type: "caller_no_session",
  },
]) {
  test(`a handshake ${title} is answered with ${status}, and no engine is asked`, async (t) => {
    const cell = await startTestCell(t);
    const refused = await refusedRealtime(cell, { ...(path && { path }), ...(options && { options }) });
    assert.deepEqual([refused.status, refused.error.type], [status, type]);
    assert.equal(refused.headers["x-should-retry"], "false");
    for (const id of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(id), 0);
  });
}

test("a GET that is no handshake is told what is expected", async (t) => {
  const cell = await startTestCell(t);
  const answer = await fetch(`${cell.gateway.url}/v1/realtime?model=solo`, {
    headers: { authorization: "Bearer sk-demo-bank" },
  });
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /WebSocket's handshake[^]*`upgrade` must be `websocket`/);
});

for (const { limits, param } of [
  { limits: "tokens-per-minute: 1000", param: "tokens-per-minute" },
  { limits: "budget: { amount: 5, currency: EUR, per: month }", param: "budget" },
]) {
  test(`whose ${param} is limited has no session, since nothing would bound what it uses`, async (t) => {
    const price = "price: { input: 1, output: 2, currency: EUR }";
    const policy = testPolicy
      .replace("limits: { concurrent-requests: 1 }", `models: [solo], limits: { ${limits} }`)
      .replace(
        "solo: { served-by: { fra-1: assistant } }",
        `solo: { tokens: { context: 100, output: 10 }, served-by: { fra-1: { model: assistant, ${price} } } }`,
      );
    const cell = await startTestCell(t, { policy });
    const refused = await refusedRealtime(cell, { tenant: "limited", model: "solo" });
    assert.deepEqual(
      [refused.status, refused.error.type, refused.error.param],
      [403, "caller_no_session", param],
    );
    assert.equal(cell.entries.length, 0);
  });
}

test("a session holds its place among concurrent requests to its end", async (t) => {
  const cell = await startTestCell(t);
  const client = await connectRealtime(cell, { tenant: "limited" });
  const second = await refusedRealtime(cell, { tenant: "limited" });
  assert.deepEqual([second.status, second.error.param], [429, "concurrent-requests"]);
  client.webSocket.close();
  await client.closed;
  while (cell.entries.at(-1)?.t !== "outcome") await pause(5);
  await pause(50);
  const third = await connectRealtime(cell, { tenant: "limited" });
  third.webSocket.close();
});

test("whose content is recorded has no session", async (t) => {
  const policy = testPolicy.replace("demo-shop: {", "demo-shop: { records: P30D,");
  const cell = await startTestCell(t, { policy });
  const refused = await refusedRealtime(cell, { tenant: "demo-shop" });
  assert.deepEqual([refused.status, refused.error.type], [403, "caller_no_session"]);
});

test("an endpoint that does not serve sessions is not asked, and a model without one that does says so", async (t) => {
  const policy = testPolicy.replaceAll("engine: sim,", "engine: sim, serves: [chat_completions],");
  const cell = await startTestCell(t, { policy });
  const refused = await refusedRealtime(cell);
  assert.deepEqual([refused.status, refused.error.type], [400, "caller_invalid_request"]);
  assert.match(refused.error.message, /answers `\/v1\/realtime`/);
});
