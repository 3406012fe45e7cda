// People are counted as they are sent abroad: three below the threshold of Order 16 Art. 5, three may go.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { askChat, errorOf, post } from "../../test/support/ask.ts";
import { hospitalPolicy, sellerPolicy } from "../../test/support/seller-policy.ts";
import { startTestCell, type TestCell, type TestCellOptions } from "../../test/support/test-cell.ts";
import { dayMs, settled } from "../base/index.ts";

const threshold = 100_000;

/** With this one, a request of one person would be the last below the threshold. */
const last = threshold - 2;
const threeLeft = sellerPolicy(last - 2);

function start(t: TestContext, options: TestCellOptions = {}): Promise<TestCell> {
  return startTestCell(t, { policy: threeLeft, cell: "cn", ...options });
}

async function statusesOf(
  cell: TestCell,
  models: readonly string[],
  tenant = "seller",
): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const model of models) statuses.push((await askChat(cell, { tenant, model })).status);
  return statuses;
}

async function end({ gateway, ledger }: TestCell): Promise<void> {
  await gateway.drain();
  await ledger.close();
}

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-counters-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test("three people below a threshold three requests go abroad, and the one that would reach it is refused by the law", async (t) => {
  const cell = await start(t);
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad", "abroad", "abroad"]), [200, 200, 200, 451]);
  assert.equal(await cell.requestsAt("sin"), 3);
  const refused = await askChat(cell, { tenant: "seller", model: "abroad" });
  assert.match(errorOf(refused).message, /no endpoint that serves `abroad` is lawful .* by `cn-pipl`/);
  const decision = cell.entries.findLast((entry) => entry.t === "decision");
  assert.ok(decision?.t === "decision");
  assert.deepEqual([decision.verdict, decision.error], ["refuse", "policy_no_lawful_endpoint"]);
});

test("what was sent abroad counts after a restart as it did before", async (t) => {
  const directory = directoryFor(t);
  const first = await start(t, { directory });
  assert.deepEqual(await statusesOf(first, ["abroad", "home", "abroad"]), [200, 200, 200]);
  await end(first);
  const second = await start(t, { directory });
  assert.deepEqual(await statusesOf(second, ["abroad", "abroad"]), [200, 451]);
  await end(second);
  const third = await start(t, { directory });
  assert.deepEqual(await statusesOf(third, ["abroad", "home"]), [451, 200]);
  assert.equal(await third.requestsAt("sin"), 0);
});

const agreed = Date.parse("2026-11-29T12:00:00Z");
const yearMs = 366 * dayMs;

for (const { title, whileSentMs, afterwardsMs } of [
  { title: "has left for the next year", whileSentMs: agreed, afterwardsMs: agreed + yearMs },
  { title: "was a year behind while they were sent", whileSentMs: agreed - yearMs, afterwardsMs: agreed },
]) {
  test(`people who were sent count as before when the wall clock ${title}`, async (t) => {
    let wallMs = whileSentMs;
    const cell = await start(t, {
      now: () => wallMs,
      clock: () => ({ isHeld: true, settledMs: settled(agreed) }),
    });
    assert.deepEqual(await statusesOf(cell, ["abroad", "abroad", "abroad"]), [200, 200, 200]);
    wallMs = afterwardsMs;
    assert.deepEqual(await statusesOf(cell, ["abroad"]), [451]);
    const { body } = await askAdmin(cell, "GET", "/admin/counters");
    assert.match(JSON.stringify(body), /"counter":"cn-personal-this-year"[^}]*"sent":3/);
  });
}

test("what is answered at home does not count, though it might have gone abroad", async (t) => {
  const cell = await start(t);
  assert.deepEqual(await statusesOf(cell, ["home", "both", "both", "both", "both"]), Array(5).fill(200));
  assert.equal(await cell.requestsAt("sin"), 0);
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad", "abroad", "abroad"]), [200, 200, 200, 451]);
});

test("of ten requests at once, as many go abroad as are below the threshold", async (t) => {
  const cell = await start(t);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => askChat(cell, { tenant: "seller", model: "abroad" })),
  );
  const count = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
  assert.deepEqual([count(200), count(451)], [3, 7]);
  assert.equal(await cell.requestsAt("sin"), 3);
});

test("a request under way abroad counts before anybody knows what becomes of it", async (t) => {
  const cell = await start(t, { policy: sellerPolicy(last) });
  await cell.setFault("sin", "hang");
  const leaving = new AbortController();
  const hanging = post(cell, { tenant: "seller", model: "abroad", signal: leaving.signal });
  while ((await cell.requestsAt("sin")) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await statusesOf(cell, ["abroad"]), [451]);
  leaving.abort();
  await assert.rejects(hanging);
});

test("what reached nobody gives its place back, and what an engine failed at keeps it", async (t) => {
  const cell = await start(t, { policy: sellerPolicy(last), urls: { gone: "http://127.0.0.1:1" } });
  assert.deepEqual(await statusesOf(cell, ["nowhere", "nowhere", "nowhere"]), [503, 503, 503]);
  await cell.setFault("sin", "error");
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad"]), [502, 451]);
  assert.equal(await cell.requestsAt("sin"), 1);
});

test("a request of several people counts each of them", async (t) => {
  const cell = await start(t, { policy: sellerPolicy(threshold - 11, 5) });
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad", "abroad"]), [200, 200, 451]);
});

test("a law that applies from a count on alone counts what may leave its home, though no permit names a transfer before", async (t) => {
  const directory = directoryFor(t);
  // 10 001 people are in bulk: three more may go.
  const options = { policy: hospitalPolicy(9_997), cell: "us", directory };
  const first = await startTestCell(t, options);
  assert.deepEqual(await statusesOf(first, ["home", "abroad", "abroad"], "hospital"), [200, 200, 200]);
  assert.ok(first.entries.every((entry) => entry.t !== "transfer"));
  await end(first);
  const second = await startTestCell(t, options);
  assert.deepEqual(await statusesOf(second, ["abroad", "abroad", "home"], "hospital"), [200, 451, 200]);
  assert.equal(await second.requestsAt("hkg"), 1);
});

test("a tenant that attests no counter is refused as before, and nothing is counted for it", async (t) => {
  const cell = await start(t);
  assert.equal((await askChat(cell, { tenant: "uncounted", model: "abroad" })).status, 451);
  assert.equal((await askChat(cell, { tenant: "uncounted", model: "home" })).status, 200);
});

test("operators see where each counter stands", async (t) => {
  const cell = await start(t, { policy: sellerPolicy(7, 2) });
  await statusesOf(cell, ["abroad", "home", "abroad"]);
  const { status, body } = await askAdmin(cell, "GET", "/admin/counters");
  const year = new Date().getUTCFullYear();
  const sinceMs = Date.UTC(year - 1, 11, 31, 16);
  assert.equal(status, 200);
  assert.deepEqual(body["counters"], [
    {
      tenant: "seller",
      counter: "cn-personal-this-year",
      attested: 7,
      sinceMs,
      sent: 4,
      thresholds: [1_000_000, threshold],
    },
    {
      tenant: "seller",
      counter: "cn-sensitive-this-year",
      attested: 0,
      sinceMs,
      sent: 0,
      thresholds: [10_000, 1],
    },
  ]);
  assert.equal((await fetch(`${cell.gateway.adminUrl}/admin/counters`)).status, 401);
});

const hourMs = 3_600_000;

test("what is attested as of a moment stands for all that the cell had sent by then, and a counter that falls is told", async (t) => {
  let nowMs = Date.now();
  const cell = await start(t, { now: () => nowMs });
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad", "abroad", "abroad"]), [200, 200, 200, 451]);
  nowMs += 3 * hourMs;
  // The three were one person, as somebody has found out who may know their names.
  const asOf = new Date(nowMs - hourMs).toISOString();
  assert.equal(await cell.reload(sellerPolicy(`{ count: ${last - 1}, as-of: "${asOf}" }`)), null);
  assert.deepEqual(fallen(cell), [{ cell: "cn", counters: 1 }]);
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad", "abroad"]), [200, 200, 451]);
});

test("a policy that attests less is taken up, and the log says that a counter fell; one that attests more says nothing", async (t) => {
  const cell = await start(t);
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad", "abroad", "abroad"]), [200, 200, 200, 451]);
  assert.equal(await cell.reload(sellerPolicy(last)), null);
  assert.deepEqual(await statusesOf(cell, ["abroad"]), [451]);
  assert.deepEqual(fallen(cell), []);
  assert.equal(await cell.reload(sellerPolicy(last - 3)), null);
  assert.deepEqual(fallen(cell), [{ cell: "cn", counters: 1 }]);
  assert.deepEqual(await statusesOf(cell, ["abroad", "abroad"]), [200, 451]);
});

test("a tenant that is counted from now on needs a restart, in which the ledger is read", async (t) => {
  const directory = directoryFor(t);
  const before = threeLeft.replace(/ *volumes: .*\n/, "");
  const cell = await start(t, { policy: before, directory });
  assert.equal(await cell.reload(threeLeft), "restart_needed");
  await end(cell);
  const restarted = await start(t, { directory });
  assert.deepEqual(await statusesOf(restarted, ["abroad"]), [200]);
});

function fallen({ logLines }: TestCell): readonly unknown[] {
  return logLines
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter(({ event }) => event === "counters_fallen")
    .map(({ cell, counters }) => ({ cell, counters }));
}
