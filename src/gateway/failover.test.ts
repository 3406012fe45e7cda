import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Answered, askChat, errorOf } from "../../test/support/ask.ts";
import { startRawUpstream, streamHead, wholeAnswer } from "../../test/support/raw-http.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";

test("one endpoint down: the caller sees nothing of it but a header", async (t) => {
  const cell = await startTestCell(t);
  await cell.setFault("fra-1", "down");
  for (let turn = 0; turn < 4; turn++) {
    const answer = await askChat(cell, { tenant: "demo-clinic", isStream: turn % 2 === 1 });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("bailiwick-endpoint"), "fra-2");
  }
});

test("two endpoints down: residency is served by the third, sovereignty by nobody", async (t) => {
  const cell = await startTestCell(t);
  await cell.setFault("fra-1", "down");
  await cell.setFault("fra-2", "down");
  const bank = await askChat(cell, { tenant: "demo-bank" });
  assert.deepEqual([bank.status, bank.headers.get("bailiwick-endpoint")], [200, "fra-3"]);
  const clinic = await askChat(cell, { tenant: "demo-clinic" });
  assert.deepEqual([clinic.status, errorOf(clinic).type], [503, "policy_region_unavailable"]);
  assert.equal(await cell.requestsAt("fra-3"), 1, "the clinic's request never went there");
});

for (const mode of ["down", "refuse", "error"]) {
  test(`all endpoints \`${mode}\`: a typed error, nobody else is asked, and serving resumes by itself`, async (t) => {
    const cell = await startTestCell(t);
    await setAll(cell, mode);
    const answer = await askChat(cell);
    if (mode === "error") {
      assert.deepEqual([answer.status, errorOf(answer).type], [502, "provider_failed"]);
    } else {
      assertUnavailable(answer);
      assert.match(
        cell.metrics(),
        /bailiwick_alarms_total\{cell="eu-frankfurt",kind="region_unavailable"\} 1\n/,
      );
    }
    assert.equal(answer.headers.get("bailiwick-endpoint"), null);
    const outcome = cell.entries.at(-1);
    assert.ok(outcome?.t === "outcome" && outcome.v === 3);
    assert.deepEqual([outcome.result, outcome.status, outcome.answeredBy], ["failed", answer.status, null]);
    // What one engine failed at goes to one more and no further: it may be the request that breaks them.
    if (mode === "error") assert.equal(outcome.attempts.length, 2);
    else assert.ok(outcome.attempts.length >= 3);

    await setAll(cell, "none");
    while ((await askChat(cell)).status !== 200);
  });
}

test("with every circuit open nobody is asked and the answer is immediate", async (t) => {
  const cell = await startTestCell(t);
  await setAll(cell, "down");
  await askChat(cell);
  // A connection that is cut proves nothing against its endpoint before a probe is cut too.
  for (const endpoint of cell.engineUrls.keys())
    await untilMetric(cell, `bailiwick_breaker_state{cell="eu-frankfurt",endpoint="${endpoint}"} 2`);
  const before = await requestsAtAll(cell);
  assertUnavailable(await askChat(cell));
  assert.deepEqual(await requestsAtAll(cell), before);
});

test("a saturated pool is asked once more, after the time that it asked for", async (t) => {
  const url = await upstreamAnswering(t, [
    wholeAnswer(429, "{}", "retry-after-ms: 20\r\n"),
    wholeAnswer(200, '{"object":"chat.completion","choices":[]}'),
  ]);
  const cell = await startTestCell(t, { urls: { "fra-1": url } });
  const answer = await askChat(cell, { model: "solo" });
  assert.equal(answer.status, 200, answer.text);
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  assert.deepEqual(
    outcome.attempts.map(({ endpoint, failure }) => ({ endpoint, failure })),
    [
      { endpoint: "fra-1", failure: "status_429" },
      { endpoint: "fra-1", failure: null },
    ],
  );
});

test("how long an upstream wants to be left alone is told, also where its body alone says it, as Google's does", async (t) => {
  const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "30s" }];
  const body = JSON.stringify({ error: { code: 429, status: "RESOURCE_EXHAUSTED", details } });
  const url = await upstreamAnswering(t, [wholeAnswer(429, body)]);
  const cell = await startTestCell(t, { urls: { "fra-1": url }, limits: { deadlineMs: 5_000 } });
  const answer = await askChat(cell, { model: "solo" });
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [429, "30"], answer.text);
});

test("a pool that wants longer than the deadline is not waited for", async (t) => {
  const url = await upstreamAnswering(t, [wholeAnswer(429, "{}", "retry-after: 30\r\n")]);
  const cell = await startTestCell(t, { urls: { "fra-1": url }, limits: { deadlineMs: 5_000 } });
  const answer = await askChat(cell, { model: "solo" });
  assert.deepEqual([answer.status, errorOf(answer).type], [429, "provider_saturated"]);
  assert.equal(answer.headers.get("retry-after"), "30");
  assert.match(cell.metrics(), /bailiwick_alarms_total\{cell="eu-frankfurt",kind="region_unavailable"\} 0\n/);
});

for (const { title, bytes } of [
  { title: "what is not HTTP", bytes: "SSH-2.0-OpenSSH_9.9\r\n" },
  { title: "what is not JSON", bytes: wholeAnswer(200, "<html>") },
  { title: "JSON that is not the dialect", bytes: wholeAnswer(200, '{"object":"list"}') },
  { title: "an error with status 200", bytes: wholeAnswer(200, '{"error":{"message":"no"}}') },
  {
    title: "a body that breaks off",
    bytes: wholeAnswer(200, '{"object":"chat.completion"').replace(": 27", ": 99"),
  },
  { title: "a redirect to another host", bytes: wholeAnswer(307, "", "location: http://127.0.0.1:9/\r\n") },
]) {
  test(`${title} is no answer, and another endpoint gives one`, async (t) => {
    const url = await upstreamAnswering(t, [bytes]);
    const cell = await startTestCell(t, { urls: { "fra-1": url } });
    for (let turn = 0; turn < 3; turn++) {
      const answer = await askChat(cell, { tenant: "demo-clinic" });
      assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "fra-2"]);
    }
  });
}

for (const { title, events } of [
  { title: "an error as the first event", events: 'data: {"error":{"message":"out of memory"}}\n\n' },
  { title: "`[DONE]` as the first event", events: "data: [DONE]\n\n" },
  { title: "no event at all", events: "" },
  { title: "bytes that are not UTF-8", events: "data: \xff\n\n" },
  { title: "comments without end", events: ": ping\n\n".repeat(40_000) },
  { title: "an event that never ends", events: `data: ${"x".repeat(300_000)}` },
]) {
  test(`a stream that begins with ${title} is held back, and another endpoint answers`, async (t) => {
    const url = await upstreamAnswering(t, [streamHead + events]);
    const cell = await startTestCell(t, { urls: { "fra-1": url } });
    for (let turn = 0; turn < 2; turn++) {
      const answer = await askChat(cell, { tenant: "demo-clinic", isStream: true });
      assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "fra-2"]);
      assert.match(answer.text, /data: \[DONE\]\n\n$/);
    }
  });
}

test("what the model server refuses is the caller's to hear, and no other is asked", async (t) => {
  const body =
    '{"error":{"message":"max_tokens is too large","param":"max_tokens","type":"BadRequestError"}}';
  const refusing = await startRawUpstream(t, (socket) => socket.end(wholeAnswer(400, body)));
  const urls = { "fra-1": refusing.url, "fra-2": refusing.url, "fra-3": refusing.url };
  const cell = await startTestCell(t, { urls });
  const answer = await askChat(cell);
  assert.equal(answer.status, 400);
  const { type, message, param } = errorOf(answer);
  assert.deepEqual([type, message, param], ["provider_rejected", "max_tokens is too large", "max_tokens"]);
  assert.equal(refusing.requests.length, 1);
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  assert.deepEqual([outcome.result, outcome.error], ["refused", "provider_rejected"]);
  assert.ok(!cell.logLines.join("").includes("max_tokens is too large"));
});

test("an endpoint that hangs, and its probes with it, leaves time for the next one", async (t) => {
  const hanging = await startRawUpstream(t, () => undefined);
  const cell = await startTestCell(t, { urls: { "fra-1": hanging.url }, limits: { deadlineMs: 6_000 } });
  for (const isStream of [false, true]) {
    const answer = await askChat(cell, { tenant: "demo-clinic", isStream });
    assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "fra-2"]);
  }
  assert.deepEqual(wordsOf(cell, "fra-1"), ["silent"]);
});

test("an endpoint that answers its probes keeps the whole deadline, and nobody else is paid meanwhile", async (t) => {
  const asked: string[] = [];
  const thinking = await startRawUpstream(t, (socket, head) => {
    const isProbe = head.startsWith("GET ");
    if (!isProbe) asked.push(head);
    const answer = isProbe ? wholeAnswer(404, "") : wholeAnswer(200, '{"choices":[]}');
    setTimeout(() => socket.end(answer), isProbe ? 0 : 2_500);
  });
  const urls = { "fra-1": thinking.url, "fra-2": thinking.url, "fra-3": thinking.url };
  const cell = await startTestCell(t, { urls, limits: { deadlineMs: 9_000 } });
  assert.equal((await askChat(cell)).status, 200);
  assert.equal(asked.length, 1);
});

test("a stream that does not begin within the operator's limit is asked of the next one, and the record says so", async (t) => {
  const cell = await startTestCell(t, { limits: { firstTokenTimeoutMs: 300 } });
  await cell.setFault("fra-1", "hang");
  const ask = { tenant: "demo-clinic", isStream: true };
  while (wordsOf(cell, "fra-1").length === 0) {
    const answer = await askChat(cell, ask);
    assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "fra-2"]);
  }
  assert.deepEqual(wordsOf(cell, "fra-1"), ["first_token_late"]);
});

test("the deadline ends a request that nobody answers", async (t) => {
  const cell = await startTestCell(t, { limits: { deadlineMs: 300 } });
  await cell.setFault("fra-1", "hang");
  const answer = await askChat(cell, { model: "solo" });
  assert.deepEqual([answer.status, errorOf(answer).type], [504, "provider_timeout"]);
  const outcome = cell.entries.at(-1);
  assert.ok(outcome?.t === "outcome");
  assert.deepEqual([outcome.result, outcome.attempts.length], ["failed", 1]);
});

for (const isStream of [false, true]) {
  test(`an endpoint that computes elsewhere is quarantined before a byte is released (${isStream ? "streamed" : "whole"})`, async (t) => {
    const cell = await startTestCell(t);
    await cell.setFault("fra-1", "wrong-region");
    while ((await cell.requestsAt("fra-1")) === 0) {
      const answer = await askChat(cell, { tenant: "demo-clinic", isStream });
      assert.deepEqual([answer.status, answer.headers.get("bailiwick-endpoint")], [200, "fra-2"]);
      assert.equal(answer.headers.get("bailiwick-region"), "DE");
    }
    const violation = cell.entries.find((entry) => entry.t === "violation");
    assert.ok(violation);
    assert.deepEqual([violation.endpoint, violation.claimed, violation.evidence], ["fra-1", ["DE"], "E3"]);
    assert.match(cell.metrics(), /bailiwick_alarms_total\{cell="eu-frankfurt",kind="violation"\} 1\n/);
    assert.match(cell.metrics(), /bailiwick_breaker_state\{cell="eu-frankfurt",endpoint="fra-1"\} 3\n/);

    await cell.setFault("fra-1", "none");
    for (let turn = 0; turn < 3; turn++) await askChat(cell, { tenant: "demo-clinic", isStream });
    assert.equal(await cell.requestsAt("fra-1"), 1, "only an operator lets it back in");
  });
}

async function setAll(cell: TestCell, mode: string): Promise<void> {
  for (const endpoint of cell.engineUrls.keys()) await cell.setFault(endpoint, mode);
}

function requestsAtAll(cell: TestCell): Promise<number[]> {
  return Promise.all(Array.from(cell.engineUrls.keys(), (endpoint) => cell.requestsAt(endpoint)));
}

function assertUnavailable(answer: Answered): void {
  const { type, param, message } = errorOf(answer);
  assert.deepEqual([answer.status, type, param], [503, "policy_region_unavailable", "DE"], answer.text);
  assert.match(message, /DE/);
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
}

/** Plays one answer after the other, the last one for ever. */
async function upstreamAnswering(
  t: Parameters<typeof startRawUpstream>[0],
  answers: readonly string[],
): Promise<string> {
  let turn = 0;
  const { url } = await startRawUpstream(t, (socket) => {
    const answer = answers[Math.min(turn++, answers.length - 1)] ?? "";
    socket.end(answer, "latin1");
  });
  return url;
}

async function untilMetric(cell: TestCell, line: string): Promise<void> {
  while (!cell.metrics().includes(`${line}\n`)) await pause(20);
}

/** How the attempts at `endpoint` failed. */
function wordsOf(cell: TestCell, endpoint: string): (string | null)[] {
  return cell.entries
    .flatMap((entry) => (entry.t === "outcome" && entry.v === 3 ? entry.attempts : []))
    .filter((attempt) => attempt.endpoint === endpoint)
    .map(({ failure }) => failure);
}
