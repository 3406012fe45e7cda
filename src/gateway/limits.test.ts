// Limits of requests and tokens, by real sockets: whose limit refused is told, and a refused request has cost nothing.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { type Ask, type Answered, askChat, chatBody, errorOf, post } from "../../test/support/ask.ts";
import { type LimitedPolicy, limitedPolicy } from "../../test/support/limited-policy.ts";
import { momentAt } from "../../test/support/moment-at.ts";
import { startTestCell, type TestCell, type TestCellOptions } from "../../test/support/test-cell.ts";
import type { LimitStanding } from "./index.ts";

/** A bucket does not refill. */
const stopped: TestCellOptions = { monotonicNow: () => momentAt(1_000) };

function start(t: TestContext, policy: LimitedPolicy, options: TestCellOptions = {}): Promise<TestCell> {
  return startTestCell(t, { policy: limitedPolicy(policy), ...options });
}

function ask(cell: TestCell, name: string, more: Ask = {}): Promise<Answered> {
  return askChat(cell, { tenant: name, model: "cheap", ...more });
}

async function standing(cell: TestCell, level: string, limit: string): Promise<LimitStanding | undefined> {
  const { body } = await askAdmin(cell, "GET", "/admin/limits");
  const { limits } = body as { readonly limits: readonly LimitStanding[] };
  return limits.find((each) => each.level === level && each.limit === limit);
}

for (const { level, policy, message } of [
  { level: "tenant", policy: { tenantLimits: "{ requests-per-minute: 2 }" }, message: /of the tenant is/ },
  { level: "team", policy: { teamLimits: "{ requests-per-minute: 2 }" }, message: /of the key's team is/ },
  { level: "key", policy: { keyLimits: "{ requests-per-minute: 2 }" }, message: /of the key is/ },
]) {
  test(`a limit of the ${level} refuses what is above it, and the answer says which and until when`, async (t) => {
    const cell = await start(t, policy);
    assert.deepEqual([(await ask(cell, "one")).status, (await ask(cell, "one")).status], [200, 200]);
    const refused = await ask(cell, "one");
    const { type, param, message: said } = errorOf(refused);
    assert.deepEqual([refused.status, type, param], [429, "caller_rate_limited", "requests-per-minute"]);
    assert.match(said, message);
    const waitS = Number(refused.headers.get("retry-after"));
    assert.ok(waitS >= 1 && waitS <= 30, `retry-after is ${waitS}`);
    assert.equal(await cell.requestsAt("near"), 2);
    assert.equal((await standing(cell, level, "requests-per-minute"))?.used, 2);
    assert.match(
      cell.metrics(),
      new RegExp(`bailiwick_limit_refused_total\\{[^}]*level="${level}"[^}]*\\} 1`),
    );
  });
}

test("keys of one team share its limit, and a key beside them does not", async (t) => {
  const cell = await start(t, { teamLimits: "{ requests-per-minute: 3 }" });
  const statuses: number[] = [];
  for (const name of ["one", "two", "three", "one", "two"]) statuses.push((await ask(cell, name)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  assert.equal((await ask(cell, "buyer")).status, 200);
});

test("tokens are reserved by their bound before anything is sent, and settled by what the engine counted", async (t) => {
  // The body has fewer than 150 bytes, and an answer 200 tokens at most.
  const cell = await start(t, { tenantLimits: "{ tokens-per-minute: 500 }" });
  await cell.setFault("near", "hang");
  const leaving = new AbortController();
  const hanging = post(cell, { tenant: "buyer", model: "cheap", signal: leaving.signal });
  while ((await cell.requestsAt("near")) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const bound = Buffer.byteLength(chatBody({ model: "cheap" })) + 200;
  assert.equal((await standing(cell, "tenant", "tokens-per-minute"))?.used, bound);
  const refused = await ask(cell, "buyer");
  assert.deepEqual([refused.status, errorOf(refused).param], [429, "tokens-per-minute"]);
  assert.equal(await cell.requestsAt("near"), 1);
  await cell.setFault("near", "none");
  assert.equal((await ask(cell, "buyer", { body: bounded(100) })).status, 200);
  leaving.abort();
  await assert.rejects(hanging);
});

test("an answer gives back the tokens that it did not take, and one of unknown usage none", async (t) => {
  const cell = await start(t, { tenantLimits: "{ tokens-per-minute: 100000 }" }, stopped);
  const answer = await ask(cell, "buyer");
  const { usage } = JSON.parse(answer.text) as { readonly usage: { readonly total_tokens: number } };
  assert.equal((await standing(cell, "tenant", "tokens-per-minute"))?.used, usage.total_tokens);
  await cell.setFault("near", "cut", 2);
  await ask(cell, "buyer", { isStream: true });
  const bound = Buffer.byteLength(chatBody({ model: "cheap", isStream: true })) + 200;
  assert.equal((await standing(cell, "tenant", "tokens-per-minute"))?.used, usage.total_tokens + bound);
  assert.match(cell.metrics(), /bailiwick_limit_usage_unknown_total\{[^}]*endpoint="near"\} 1/);
});

test("every exit gives its place and its tokens back", async (t) => {
  const limits = "{ concurrent-requests: 3, tokens-per-minute: 100000 }";
  const nobody = { near: "http://127.0.0.1:1" };
  const cell = await start(t, { tenantLimits: limits, keyLimits: limits }, { ...stopped, urls: nobody });
  await ask(cell, "one", { body: "{" });
  await ask(cell, "one", { model: "unknown" });
  await ask(cell, "one", { headers: { "bailiwick-class": "secret" } });
  await ask(cell, "one", { headers: { "bailiwick-jurisdiction": "AQ" } });
  await ask(cell, "one", { body: JSON.stringify({ model: "cheap", messages: [], max_tokens: -1 }) });
  await leaveInTheBody(cell);
  assert.equal((await ask(cell, "one")).status, 503);
  await until(async () => (await standing(cell, "key", "concurrent-requests"))?.used === 0);
  for (const level of ["tenant", "key"]) {
    assert.equal((await standing(cell, level, "concurrent-requests"))?.used, 0);
    assert.equal((await standing(cell, level, "tokens-per-minute"))?.used, 0);
  }
});

test("nothing is kept of a caller whom nobody limits", async (t) => {
  const cell = await start(t, {});
  assert.equal((await ask(cell, "other")).status, 200);
  assert.deepEqual((await askAdmin(cell, "GET", "/admin/limits")).body, { limits: [] });
});

test("a reload changes a limit for the next request, and forgets nothing of what was used", async (t) => {
  const cell = await start(t, { tenantLimits: "{ requests-per-minute: 1 }" });
  assert.deepEqual([(await ask(cell, "buyer")).status, (await ask(cell, "buyer")).status], [200, 429]);
  await cell.reload(limitedPolicy({ tenantLimits: "{ requests-per-minute: 1, concurrent-requests: 1 }" }));
  assert.equal((await ask(cell, "buyer")).status, 429);
  await cell.reload(limitedPolicy({}));
  assert.equal((await ask(cell, "buyer")).status, 200);
});

test("metrics say how much of a tenant's and a team's limits is used, and nothing of keys", async (t) => {
  const limits = "{ requests-per-minute: 5 }";
  const cell = await start(t, { tenantLimits: limits, teamLimits: limits, keyLimits: limits });
  await ask(cell, "one");
  const scraped = await (await fetch(`${cell.gateway.adminUrl}/metrics`)).text();
  const used = scraped.split("\n").filter((line) => line.startsWith("bailiwick_limit_used{"));
  assert.deepEqual(
    used.map((line) => [/team="([^"]*)"/.exec(line)?.[1], line.split(" ").at(-1)]),
    [
      ["", "1"],
      ["search", "1"],
    ],
  );
});

function bounded(tokens: number): string {
  const messages = [{ role: "user", content: "How do you do?" }];
  return JSON.stringify({ model: "cheap", max_tokens: tokens, messages });
}

/** Sends half of its body, and is gone. */
async function leaveInTheBody(cell: TestCell): Promise<void> {
  const { hostname, port } = new URL(cell.gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-one\r\n" +
      'content-type: application/json\r\ncontent-length: 200\r\n\r\n{"model":',
  );
  await until(async () => (await standing(cell, "key", "concurrent-requests"))?.used === 1);
  socket.destroy();
  await once(socket, "close");
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
