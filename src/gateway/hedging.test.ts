// A second endpoint beside a slow one, by real sockets: inside the permit, both on record, one answer.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { askChat, chatBody, errorOf, post } from "../../test/support/ask.ts";
import { noteOf, policyWithCounsel, putNote, suspension } from "../../test/support/legal-notes.ts";
import {
  failing,
  hedgesIn,
  type Play,
  type RacingCell,
  type RacingOptions,
  saying,
  startRacingCell,
} from "../../test/support/racing-engines.ts";
import { sellerPolicy } from "../../test/support/seller-policy.ts";
import { type TestCell, testPolicy } from "../../test/support/test-cell.ts";
import type { TenantId } from "../base/index.ts";

const afterMs = 40;

/** Longer than a hedge would take to be sent. */
const untilHedgedMs = 5 * afterMs;

function hedged(policy: string, model = "assistant"): string {
  return policy.replace(`  ${model}: {`, `  ${model}: { hedge: { after-ms: ${afterMs} },`);
}

function start(
  t: TestContext,
  plays: readonly (Play | null)[],
  options: RacingOptions = {},
): Promise<RacingCell> {
  const limits = { deadlineMs: 60_000, ...options.limits };
  return startRacingCell(t, { policy: hedged(testPolicy), plays, ...options, limits });
}

/** What the last outcome says of each attempt: how it failed, and what it used. */
function attemptsIn({ entries }: TestCell): readonly (readonly unknown[])[] {
  const outcome = entries.at(-1);
  assert.ok(outcome?.t === "outcome" && outcome.v === 3);
  return outcome.attempts.map(({ sent, failure, usage }) => [sent, failure, usage?.output ?? null]);
}

function answeredIn({ entries }: TestCell): readonly unknown[] {
  const outcome = entries.at(-1);
  assert.ok(outcome?.t === "outcome" && outcome.v === 3);
  return [outcome.result, outcome.answeredBy];
}

test("where the first endpoint is slow the second one answers, and the first is left at once and stays on record", async (t) => {
  const { cell, arrivals } = await start(t, [null, saying("second")]);
  const answer = await askChat(cell);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /"second"/);
  const [first, second] = arrivals;
  assert.notEqual(first?.endpoint, second?.endpoint);
  assert.equal(answer.headers.get("bailiwick-endpoint"), second?.endpoint);
  await until(() => first?.hasLeft === true);
  assert.equal(second?.hasLeft, false, "its connection is kept");
  assert.deepEqual(attemptsIn(cell), [
    [true, "outrun", null],
    [true, null, 2],
  ]);
  assert.deepEqual(answeredIn(cell), ["complete", 1]);
  assert.deepEqual(hedgesIn(cell), { won: 1 });
  const line = await logged(cell);
  assert.match(line, /"attempts":2,"hedges":1/);
  assert.match(cell.metrics(), /bailiwick_retries_total\{[^}]*fate="made"[^}]*\} 1\n/);
  assert.match(cell.metrics(), /bailiwick_attempts_total\{[^}]*result="outrun"\} 1\n/);
});

test("where both are slow the first answer is given, the first endpoint's too, and nobody else is asked", async (t) => {
  const { cell, arrivals, came, play } = await start(t, []);
  const asked = askChat(cell);
  await came(2);
  await pause(untilHedgedMs);
  assert.equal(arrivals.length, 2);
  play(0, saying("first"));
  assert.match((await asked).text, /"first"/);
  await until(() => arrivals[1]?.hasLeft === true);
  assert.deepEqual(attemptsIn(cell), [
    [true, null, 2],
    [true, "outrun", null],
  ]);
  assert.deepEqual(answeredIn(cell), ["complete", 0]);
  assert.deepEqual(hedgesIn(cell), { lost: 1 });
});

test("of two that answer at once one is given, and both are on record", async (t) => {
  const { cell, came, play } = await start(t, []);
  const asked = askChat(cell);
  await came(2);
  play(0, saying("first"));
  play(1, saying("second"));
  const { status, text } = await asked;
  assert.equal(status, 200);
  const [, winner] = answeredIn(cell);
  assert.match(text, winner === 0 ? /"first"/ : /"second"/);
  const failures = attemptsIn(cell).map(([, failure]) => failure);
  assert.deepEqual(failures, winner === 0 ? [null, "outrun"] : ["outrun", null]);
  assert.equal(cell.entries.filter((entry) => entry.t === "outcome").length, 1);
});

test("no second endpoint is asked where no policy says so, for streams, and for what an engine would keep", async (t) => {
  const storing = { ...JSON.parse(chatBody()), store: true };
  const allowing = hedged(testPolicy).replace("hedge:", "allows: [store], hedge:");
  for (const { policy, ask } of [
    { policy: testPolicy, ask: {} },
    { policy: hedged(testPolicy), ask: { isStream: true } },
    { policy: allowing, ask: { body: JSON.stringify(storing) } },
  ]) {
    const { cell, arrivals, came, play } = await start(t, [], { policy });
    const asked = askChat(cell, ask);
    await came(1);
    await pause(untilHedgedMs);
    assert.equal(arrivals.length, 1, JSON.stringify(ask));
    play(0, failing(400));
    assert.equal((await asked).status, 400);
    assert.match(await logged(cell), /"hedges":0/);
  }
});

test("nobody is asked beside an engine that has begun to answer", async (t) => {
  const { cell, arrivals, came, play } = await start(t, []);
  const asked = askChat(cell);
  await came(1);
  play(
    0,
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nx-sim-place: DE\r\ncontent-type: application/json\r\n"),
  );
  play(0, (socket) => void socket.write("connection: close\r\n\r\n"));
  await pause(untilHedgedMs);
  assert.equal(arrivals.length, 1);
  play(0, (socket) => void socket.end('{"choices":[]}'));
  assert.equal((await asked).status, 200);
});

test("what the budget of retries does not allow is not asked, and the first one's answer is waited for", async (t) => {
  const limits = { retryPercent: 0, retriesPerSecond: 0 };
  const { cell, arrivals, came, play } = await start(t, [], { limits });
  const asked = askChat(cell);
  await came(1);
  await pause(untilHedgedMs);
  assert.equal(arrivals.length, 1);
  play(0, saying("first"));
  assert.equal((await asked).status, 200);
  assert.deepEqual(hedgesIn(cell), { withheld: 1 });
});

test("a slow region is sent a fifth more than it was asked for, and no multiple of it", async (t) => {
  const limits = { retryPercent: 20, retriesPerSecond: 0 };
  const { cell, arrivals, came, play } = await start(t, [], { limits });
  const asked = Array.from({ length: 20 }, () => askChat(cell));
  await came(20);
  await pause(untilHedgedMs);
  assert.ok(arrivals.length > 20 && arrivals.length <= 24, `${arrivals.length} for 20 requests`);
  for (const at of arrivals.keys()) play(at, saying("late"));
  for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
});

test("an endpoint that was left for its slowness counts as slower, and others come before it", async (t) => {
  let isSlow = false;
  const policy = hedged(testPolicy).replace(`after-ms: ${afterMs}`, "after-ms: 300");
  const { cell, arrivals } = await start(t, [], {
    policy,
    playEach(socket, endpoint) {
      if (endpoint !== "fra-1") setTimeout(() => saying("late")(socket, endpoint), 60);
      else if (!isSlow) saying("quick")(socket, endpoint);
    },
  });
  for (let turn = 0; turn < 6; turn++) await askChat(cell);
  isSlow = true;
  const before = arrivals.length;
  for (let turn = 0; turn < 8; turn++) assert.equal((await askChat(cell)).status, 200);
  const asked = arrivals.slice(before).filter(({ endpoint }) => endpoint === "fra-1").length;
  assert.ok(asked >= 1 && asked <= 4, `${asked} of 8 were sent to the slow one`);
});

test("a failure beside an attempt under way is no failure of the request, whichever of them it is", async (t) => {
  for (const failed of [0, 1]) {
    const { cell, came, play } = await start(t, []);
    const asked = askChat(cell);
    await came(2);
    play(failed, failing(500));
    await until(() => cell.logLines.some((line) => line.includes('"attempt_failed"')));
    play(1 - failed, saying("other"));
    assert.match((await asked).text, /"other"/);
    const failures = attemptsIn(cell).map(([, failure]) => failure);
    assert.deepEqual(failures, failed === 0 ? ["status_500", null] : [null, "status_500"]);
  }
});

test("an error that was cut off by the other's answer is recorded as the error, and a refusal as too late", async (t) => {
  for (const [status, failure] of [
    [503, "status_503"],
    [400, "outrun"],
  ] as const) {
    const { cell, came, play } = await start(t, []);
    const asked = askChat(cell);
    await came(2);
    const head = `HTTP/1.1 ${status} X\r\nx-sim-place: DE\r\ncontent-length: 9\r\n\r\n{`;
    play(0, (socket) => void socket.write(head));
    await pause(untilHedgedMs);
    play(1, saying("second"));
    assert.match((await asked).text, /"second"/);
    assert.deepEqual(
      attemptsIn(cell).map(([, failed]) => failed),
      [failure, null],
    );
  }
});

test("where both fail the next endpoint is asked, and none of them again", async (t) => {
  const { cell, arrivals, came, play } = await start(t, [null, null, saying("third")]);
  const asked = askChat(cell);
  await came(2);
  play(0, failing(503));
  play(1, (socket) => void socket.destroy());
  assert.match((await asked).text, /"third"/);
  assert.equal(new Set(arrivals.map(({ endpoint }) => endpoint)).size, 3);
  assert.deepEqual(hedgesIn(cell), { failed: 1 });
});

test("a refusal of the caller's own request is told at once, and the other one is left", async (t) => {
  const { cell, arrivals } = await start(t, [null, failing(400, '{"error":{"message":"no such voice"}}')]);
  const answer = await askChat(cell);
  assert.deepEqual([answer.status, errorOf(answer).type], [400, "provider_rejected"]);
  await until(() => arrivals[0]?.hasLeft === true);
  assert.deepEqual(attemptsIn(cell), [
    [true, "outrun", null],
    [true, "rejected", null],
  ]);
});

test("an answer from elsewhere is not given and is on record before the answer of the other one is", async (t) => {
  const { cell, arrivals, came, play } = await start(t, []);
  const asked = askChat(cell);
  await came(2);
  play(1, saying("elsewhere", "US"));
  await until(() => cell.entries.some((entry) => entry.t === "quarantine"));
  play(0, saying("first"));
  assert.match((await asked).text, /"first"/);
  const [, second] = arrivals;
  const quarantine = cell.entries.find((entry) => entry.t === "quarantine");
  assert.equal(quarantine?.endpoint, second?.endpoint);
  assert.deepEqual(attemptsIn(cell)[1]?.slice(0, 2), [true, "evidence_elsewhere"]);
});

test("a violation and an answer in one moment: the violation is recorded, and the outcome comes after it", async (t) => {
  const { cell, came, play } = await start(t, []);
  const asked = askChat(cell);
  await came(2);
  play(0, saying("elsewhere", "US"));
  play(1, saying("second"));
  assert.doesNotMatch((await asked).text, /elsewhere/);
  const kinds = cell.entries.map((entry) => entry.t);
  assert.ok(kinds.includes("quarantine") || attemptsIn(cell)[0]?.[1] === "outrun", kinds.join());
  assert.equal(kinds.at(-1), "outcome");
});

test("the law that takes one of two away ends that one alone", async (t) => {
  const { cell, arrivals, came, play } = await start(t, [], { policy: hedged(policyWithCounsel) });
  const asked = askChat(cell);
  await came(2);
  const [first] = arrivals;
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop", "endpoint", first?.endpoint ?? "")));
  await until(() => first?.hasLeft === true);
  play(1, saying("second"));
  assert.match((await asked).text, /"second"/);
  assert.deepEqual(
    attemptsIn(cell).map(([, failure]) => failure),
    ["overtaken", null],
  );
  assert.equal(cell.entries.filter((entry) => entry.t === "decision").length, 1);
});

test("the law that takes both away has the request decided again", async (t) => {
  const { cell, arrivals, came } = await start(t, [], { policy: hedged(policyWithCounsel) });
  const asked = askChat(cell);
  await came(2);
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop", "region", "DE")));
  assert.equal((await asked).status, 451);
  await until(() => arrivals.every(({ hasLeft }) => hasLeft));
  assert.deepEqual(hedgesIn(cell), { failed: 1 });
  const outcome = cell.entries.find((entry) => entry.t === "outcome");
  assert.ok(outcome?.v === 3);
  assert.equal(outcome.result, "redecided");
  assert.deepEqual(
    outcome.attempts.map(({ failure }) => failure),
    ["overtaken", "overtaken"],
  );
});

test("a caller who leaves ends both, and the outcome names both", async (t) => {
  const { cell, arrivals, came } = await start(t, []);
  const leaving = new AbortController();
  const asked = post(cell, { signal: leaving.signal });
  await came(2);
  leaving.abort();
  await assert.rejects(asked);
  await until(() => arrivals.every(({ hasLeft }) => hasLeft));
  await logged(cell);
  assert.deepEqual(
    attemptsIn(cell).map(([sent, failure]) => [sent, failure]),
    [
      [true, "abandoned"],
      [true, "abandoned"],
    ],
  );
  assert.deepEqual(answeredIn(cell), ["aborted", null]);
});

test("slowness sends nothing to a higher order, nor abroad where the mode keeps transfers for when home is away", async (t) => {
  const both = "both: { served-by: { sha: assistant, sin: { model: assistant, order: 2 } } }";
  const orders = hedged(sellerPolicy(0), "both").replace("hedge:", "mode: performance-first, hedge:");
  const atHome = hedged(
    sellerPolicy(0).replace(both, "both: { served-by: { sha: assistant, sin: assistant } }"),
    "both",
  );
  for (const policy of [orders, atHome]) {
    const { cell, arrivals, came, play } = await start(t, [], {
      policy,
      cell: "cn",
      endpoints: ["sha", "sin"],
    });
    const asked = askChat(cell, { tenant: "seller", model: "both" });
    await came(1);
    await pause(untilHedgedMs);
    assert.equal(arrivals.length, 1);
    play(0, saying("home", "CN"));
    assert.equal((await asked).status, 200);
    assert.deepEqual(hedgesIn(cell), {});
  }
});

test("a transfer beside an attempt at home is recorded before its first byte, and its people count though home answered", async (t) => {
  const policy = sellerPolicy(0).replace(
    /both: .*\n/,
    `both: { mode: performance-first, hedge: { after-ms: ${afterMs} }, served-by: { sha: { model: assistant, weight: 1000 }, sin: { model: assistant, weight: 1 } } }\n`,
  );
  const { cell, arrivals, came, play } = await start(t, [], {
    policy,
    cell: "cn",
    endpoints: ["sha", "sin"],
  });
  const asked = askChat(cell, { tenant: "seller", model: "both" });
  await came(2);
  const home = arrivals.findIndex(({ endpoint }) => endpoint === "sha");
  assert.ok(arrivals.find(({ endpoint }) => endpoint === "sin")?.recorded.includes("transfer"));
  play(home, saying("home", "CN"));
  assert.match((await asked).text, /"home"/);
  const sentAbroad = cell.tally
    .of("seller" as TenantId)
    ?.requestsSince({ sinceMs: 0, of: null, atHome: null });
  assert.equal(sentAbroad, 1);
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

async function logged(cell: TestCell): Promise<string> {
  const find = (): string | undefined => cell.logLines.find((line) => line.includes('"request_finished"'));
  await until(() => find() !== undefined);
  return find() ?? "";
}
