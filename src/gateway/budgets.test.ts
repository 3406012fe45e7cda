// Budgets, by real sockets and a real ledger: what is counted as spent is what the outcomes of the ledger add up to.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { type Ask, askChat, chatBody, errorOf, post } from "../../test/support/ask.ts";
import { noteOf, putNote, suspension, withCounsel } from "../../test/support/legal-notes.ts";
import { limitedPolicy } from "../../test/support/limited-policy.ts";
import { startTestCell, type TestCell, type TestCellOptions } from "../../test/support/test-cell.ts";
import { dayMs, settled } from "../base/index.ts";
import type { LimitStanding } from "./index.ts";

/** Prices in units of a million tokens, so in millionths of a token. */
const prices = { near: [1, 2], far: [10, 20] } as const;
const outputBound = 200;

function budget(amount: number, per = "month"): string {
  return limitedPolicy({ tenantLimits: `{ budget: { amount: ${amount}, currency: EUR, per: ${per} } }` });
}

function start(t: TestContext, policy: string, options: TestCellOptions = {}): Promise<TestCell> {
  return startTestCell(t, { policy, ...options });
}

async function end({ gateway, ledger }: TestCell): Promise<void> {
  await gateway.drain();
  await ledger.close();
}

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-budgets-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function standing(cell: TestCell): Promise<LimitStanding> {
  const { body } = await askAdmin(cell, "GET", "/admin/limits");
  const { limits } = body as { readonly limits: readonly LimitStanding[] };
  const found = limits.find(({ limit }) => limit === "budget");
  assert.ok(found);
  return found;
}

async function statusesOf(cell: TestCell, ...asks: readonly Ask[]): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const ask of asks)
    statuses.push((await askChat(cell, { tenant: "buyer", model: "cheap", ...ask })).status);
  return statuses;
}

/** In millionths, by the entries alone; the body of each request of unknown usage had so many bytes. */
function millionthsOf({ entries }: TestCell, bytes: number): number {
  return entries
    .filter((entry) => entry.t === "outcome" && entry.result !== "refused")
    .flatMap((entry) => (entry.t === "outcome" && entry.v === 3 ? entry.attempts : []))
    .filter(({ sent, failure, usage }) => usage !== null || (sent && !failure?.startsWith("status_")))
    .map(({ endpoint, usage }) => {
      const [input, output] = endpoint === "near" ? prices.near : prices.far;
      const used = usage ?? { input: bytes, output: outputBound };
      return used.input * input + used.output * output;
    })
    .reduce((total, cost) => total + cost, 0);
}

test("what is spent is what the outcomes add up to, after answers, failovers, cuts, refusals and callers who left", async (t) => {
  const cell = await start(t, budget(1));
  const model = "assistant";
  const streamed = { model, isStream: true };
  assert.deepEqual(await statusesOf(cell, { model }, streamed, { model: "cheap" }), [200, 200, 200]);
  await cell.setFault("near", "refuse");
  assert.deepEqual(await statusesOf(cell, { model }, streamed), [200, 200]);
  await cell.setFault("near", "none");
  const tooLong = JSON.stringify({ model, max_tokens: -1, messages: [{ role: "user", content: "x" }] });
  assert.deepEqual(await statusesOf(cell, { body: tooLong }), [400]);
  // Until the breaker has let it in again.
  while ((await askChat(cell, { tenant: "buyer", model: "cheap" })).status !== 200) await pause();
  await cell.setFault("near", "cut", 2);
  assert.deepEqual(await statusesOf(cell, { model: "cheap", isStream: true }), [200]);
  await cell.setFault("near", "hang", 2);
  await leaveMidway(cell);
  const { used, period } = await settledStanding(cell);
  const bytes = Buffer.byteLength(chatBody({ model: "cheap", isStream: true }));
  const expected = millionthsOf(cell, bytes);
  assert.deepEqual([Math.round(used * 1e6), period?.reserved], [expected, 0]);
  const outcomes = cell.entries.flatMap((entry) => (entry.t === "outcome" ? [entry.result] : []));
  for (const result of ["complete", "refused", "interrupted", "aborted"] as const)
    assert.ok(outcomes.includes(result), `no outcome is \`${result}\``);
  assert.match(cell.metrics(), /bailiwick_limit_usage_unknown_total\{[^}]*endpoint="near"\} 2/);
});

test("of ten requests at once, as many pass as there is money for, and nothing of the others is sent or recorded", async (t) => {
  const most = Buffer.byteLength(chatBody({ model: "cheap" })) + 2 * outputBound;
  const cell = await start(t, budget((3 * most) / 1e6));
  await cell.setFault("near", "hang");
  const leaving = new AbortController();
  const { signal } = leaving;
  const answers = Array.from({ length: 10 }, () => post(cell, { tenant: "buyer", model: "cheap", signal }));
  const refused: Response[] = [];
  for (const answer of answers) void answer.then((response) => refused.push(response)).catch(() => undefined);
  while (refused.length < 7 || (await cell.requestsAt("near")) < 3) await pause();
  assert.deepEqual(
    [refused.map(({ status }) => status), await cell.requestsAt("near")],
    [Array(7).fill(429), 3],
  );
  const [first] = refused;
  assert.ok(first);
  const told = errorOf({ text: await first.text() });
  assert.deepEqual([told.type, told.param], ["caller_rate_limited", "budget"]);
  leaving.abort();
  await Promise.allSettled(answers);
  await settledStanding(cell);
  const spent = await askChat(cell, { tenant: "buyer", model: "cheap" });
  assert.deepEqual([spent.status, errorOf(spent).type], [429, "caller_budget_exhausted"]);
  assert.equal(spent.headers.get("x-should-retry"), "false");
  assert.ok(Number(spent.headers.get("retry-after")) >= 1);
  assert.equal(await cell.requestsAt("near"), 3);
  assert.equal(cell.entries.filter(({ t: kind }) => kind === "decision").length, 3);
});

test("a request has reserved enough for the dearest endpoint that it may move on to", async (t) => {
  const bytes = Buffer.byteLength(chatBody({ model: "assistant" }));
  const most = 10 * bytes + 20 * outputBound;
  const short = await start(t, budget((most - 1) / 1e6));
  assert.deepEqual(await statusesOf(short, { model: "assistant" }, { model: "cheap" }), [429, 200]);
  const enough = await start(t, budget(most / 1e6), { urls: { near: "http://127.0.0.1:1" } });
  assert.deepEqual(await statusesOf(enough, { model: "assistant" }), [200]);
  assert.ok((await standing(enough)).used <= most / 1e6);
});

test("a request that the law overtakes costs what it may have used before, and what it used then", async (t) => {
  const cell = await start(t, withCounsel(budget(1)));
  await cell.setFault("near", "hang");
  const asked = askChat(cell, { tenant: "buyer", model: "assistant" });
  while ((await cell.requestsAt("near")) === 0) await pause();
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-near", "endpoint", "near")));
  assert.equal((await asked).status, 200);
  const { used } = await settledStanding(cell);
  const bytes = Buffer.byteLength(chatBody({ model: "assistant" }));
  assert.equal(Math.round(used * 1e6), millionthsOf(cell, bytes));
  const outcomes = cell.entries.flatMap((entry) => (entry.t === "outcome" ? [entry.result] : []));
  assert.deepEqual(outcomes, ["redecided", "complete"]);
});

test("what was spent is spent after a restart, at the prices of the start, and what nobody knows at the model's bound", async (t) => {
  const directory = directoryFor(t);
  const first = await start(t, budget(1), { directory });
  assert.deepEqual(await statusesOf(first, {}, { isStream: true }, { model: "assistant" }), [200, 200, 200]);
  const { used } = await settledStanding(first);
  await end(first);
  const second = await start(t, budget(1), { directory });
  assert.equal((await standing(second)).used, used);
  await second.setFault("near", "cut", 2);
  await statusesOf(second, { isStream: true });
  await end(second);
  const dearer = budget(1).replaceAll("input: 1,", "input: 2,").replaceAll("output: 2,", "output: 4,");
  const third = await start(t, dearer, { directory });
  const unknown = (1_000 * 2 + outputBound * 4) / 1e6;
  assert.equal((await standing(third)).used.toFixed(6), (2 * used + unknown).toFixed(6));
  await end(third);
  const exhausted = await start(t, budget(used), { directory });
  assert.deepEqual(await statusesOf(exhausted, {}), [429]);
});

test("a ledger that fails under a request costs at most what the request had reserved, and nothing more is sent", async (t) => {
  let isBroken = false;
  const cell = await start(t, budget(1), {
    disk: () => (isBroken ? Promise.reject(new Error("no disk")) : Promise.resolve()),
  });
  assert.deepEqual(await statusesOf(cell, {}), [200]);
  const before = await settledStanding(cell);
  isBroken = true;
  const [status] = await statusesOf(cell, {});
  assert.ok(status === 500 || status === 503, `status ${status}`);
  const { used, period } = await settledStanding(cell);
  assert.equal(period?.reserved, 0);
  const most = Buffer.byteLength(chatBody({ model: "cheap" })) + 2 * outputBound;
  assert.ok(used - before.used <= most / 1e6);
});

const agreed = Date.parse("2026-11-29T12:00:00Z");

for (const { title, whileSpentMs, afterwardsMs } of [
  { title: "has left for the next month", whileSpentMs: agreed, afterwardsMs: agreed + 31 * dayMs },
  { title: "was a month behind while it was spent", whileSpentMs: agreed - 31 * dayMs, afterwardsMs: agreed },
]) {
  test(`money is spent as before when the wall clock ${title}`, async (t) => {
    let wallMs = whileSpentMs;
    const cell = await start(t, budget(1), {
      now: () => wallMs,
      clock: () => ({ isHeld: true, settledMs: settled(agreed) }),
    });
    await statusesOf(cell, {}, {});
    const { used } = await settledStanding(cell);
    assert.ok(used > 0);
    wallMs = afterwardsMs;
    assert.equal((await standing(cell)).used, used);
    await statusesOf(cell, {});
    assert.equal((await settledStanding(cell)).used.toFixed(6), (1.5 * used).toFixed(6));
    // Enough for the newest of them and one more, and too little for all that was spent.
    const most = (Buffer.byteLength(chatBody({ model: "cheap" })) + 2 * outputBound) / 1e6;
    await cell.reload(budget(Number((most + used).toFixed(6))));
    assert.deepEqual(await statusesOf(cell, {}), [429]);
  });
}

async function leaveMidway(cell: TestCell): Promise<void> {
  const leaving = new AbortController();
  const answer = await post(cell, {
    tenant: "buyer",
    model: "cheap",
    isStream: true,
    signal: leaving.signal,
  });
  assert.equal(answer.status, 200);
  leaving.abort();
  await answer.text().catch(() => undefined);
}

/** Once nothing is under way. */
async function settledStanding(cell: TestCell): Promise<LimitStanding> {
  for (;;) {
    const found = await standing(cell);
    if (found.period?.reserved === 0) return found;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
