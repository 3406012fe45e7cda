import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { askChat, errorOf } from "../../test/support/ask.ts";
import { type RawUpstream, startRawUpstream, wholeAnswer } from "../../test/support/raw-http.ts";
import { startTestCell } from "../../test/support/test-cell.ts";

/** All three endpoints of the bank, each by one engine that counts what it is asked. */
async function threeTimes(
  t: TestContext,
  answer: string,
): Promise<{ readonly urls: Record<string, string>; readonly engine: RawUpstream }> {
  const engine = await startRawUpstream(t, (socket) => socket.end(answer));
  return { urls: { "fra-1": engine.url, "fra-2": engine.url, "fra-3": engine.url }, engine };
}

test("a region that fails is sent a fifth more than it was asked for, and no multiple of it", async (t) => {
  const { urls, engine } = await threeTimes(t, wholeAnswer(503, "{}"));
  const cell = await startTestCell(t, { urls, limits: { retryPercent: 20, retriesPerSecond: 0 } });
  for (let turn = 0; turn < 40; turn++) await askChat(cell);
  const count = engine.requests.length;
  assert.ok(count > 40 && count <= 48, `${count} for 40 requests`);
  const made = /bailiwick_retries_total\{cell="eu-frankfurt",fate="made",model="assistant"\} (\d+)\n/;
  assert.equal(Number(made.exec(cell.metrics())?.[1]), count - 40);
});

test("without budget the first failure is answered as it is, recorded as one attempt, and no region is said to be away", async (t) => {
  const { urls, engine } = await threeTimes(t, wholeAnswer(503, "{}"));
  const cell = await startTestCell(t, { urls, limits: { retryPercent: 0, retriesPerSecond: 0 } });
  const answer = await askChat(cell);
  assert.deepEqual([answer.status, errorOf(answer).type], [502, "provider_failed"]);
  assert.match(errorOf(answer).message, /`status_503`/);
  assert.equal(engine.requests.length, 1);
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  assert.equal(outcome.attempts.length, 1);
  assert.match(cell.metrics(), /kind="region_unavailable"\} 0\n/);
  assert.match(
    cell.metrics(),
    /bailiwick_retries_total\{cell="eu-frankfurt",fate="withheld",model="assistant"\} 1\n/,
  );
});

test("a saturated endpoint that may not be asked again is told as saturated, with its own time", async (t) => {
  const { urls, engine } = await threeTimes(t, wholeAnswer(429, "{}", "retry-after: 3\r\n"));
  const cell = await startTestCell(t, { urls, limits: { retryPercent: 0, retriesPerSecond: 0 } });
  const answer = await askChat(cell);
  assert.deepEqual([answer.status, errorOf(answer).type], [429, "provider_saturated"]);
  assert.equal(answer.headers.get("retry-after"), "3");
  assert.equal(engine.requests.length, 1);
});

test("where few requests come, the floor lets those that fail be sent to the next endpoints", async (t) => {
  const { urls, engine } = await threeTimes(t, wholeAnswer(503, "{}"));
  const cell = await startTestCell(t, { urls, limits: { retryPercent: 0, retriesPerSecond: 1 } });
  assert.equal(errorOf(await askChat(cell)).type, "policy_region_unavailable", "all three were asked");
  assert.equal(engine.requests.length, 3);
});
