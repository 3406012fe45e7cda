// Whose fault a failed call is, from the engine's word to what the caller hears, for every moment at which it may say so.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type Answered, askChat, errorOf } from "../../test/support/ask.ts";
import { chunkEvent, startRawUpstream, streamHead, wholeAnswer } from "../../test/support/raw-http.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";

const good = wholeAnswer(200, '{"choices":[{"index":0,"finish_reason":"stop"}]}');
const tooLong = '{"error":{"code":400,"message":"maximum context length is 8"}}';

for (const { title, answer, isStream } of [
  { title: "a status of 400", answer: wholeAnswer(400, tooLong), isStream: false },
  { title: "a status of 500", answer: wholeAnswer(500, tooLong.replace("400", "500")), isStream: false },
  { title: "a body under status 200", answer: wholeAnswer(200, tooLong), isStream: false },
  { title: "a first event", answer: `${streamHead}data: ${tooLong}\n\n`, isStream: true },
]) {
  test(`what is the caller's fault by ${title} is told in the engine's words, by one attempt, without a blow`, async (t) => {
    const { cell, asked } = await playing(t, { "fra-1": answer, "fra-2": answer, "fra-3": answer });
    const told = await askChat(cell, { isStream });
    assert.equal(told.status, 400, told.text);
    assert.deepEqual(
      [errorOf(told).type, errorOf(told).message],
      ["provider_rejected", "maximum context length is 8"],
    );
    assert.equal(asked().length, 1);
    assert.doesNotMatch(cell.metrics(), /bailiwick_attempt_failures_total\{/);
  });
}

test("the engine's code reaches the caller where clients act on it, and our type stays", async (t) => {
  const body = '{"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}}';
  const { cell } = await playing(t, { "fra-1": wholeAnswer(400, body) });
  const told = await askChat(cell, { model: "solo" });
  assert.deepEqual([errorOf(told).type, codeOf(told)], ["provider_rejected", "context_length_exceeded"]);
});

for (const { answer, status, message } of [
  { answer: wholeAnswer(413, '{"detail":"too large"}'), status: 413, message: "too large" },
  {
    answer: wholeAnswer(422, '{"detail":[{"msg":"field required"}]}'),
    status: 422,
    message: "field required",
  },
]) {
  test(`a ${status} of the engine stays one, with its sentence`, async (t) => {
    const { cell } = await playing(t, { "fra-1": answer });
    const told = await askChat(cell, { model: "solo" });
    assert.deepEqual([told.status, errorOf(told).message], [status, message]);
  });
}

test("an endpoint that refuses our key is out for the model after its first word, and the log names it", async (t) => {
  const { cell, asked } = await playing(t, { "fra-1": wholeAnswer(401, "{}"), "fra-2": good });
  for (let turn = 0; turn < 10; turn++) {
    assert.equal((await askChat(cell, { tenant: "demo-clinic" })).status, 200);
  }
  assert.equal(asked().filter((id) => id === "fra-1").length, 1);
  assert.match(cell.metrics(), /bailiwick_alarms_total\{cell="eu-frankfurt",kind="endpoint_refuses"\} 1\n/);
  assert.match(
    cell.logLines.join(""),
    /"endpoint_refuses".*"endpoint":"fra-1","model":"assistant","reason":"key","status":401/,
  );
});

test("of one that refuses our key and one that is saturated, the caller hears when to come back", async (t) => {
  const saturated = wholeAnswer(429, "{}", "retry-after: 2\r\n");
  const { cell } = await playing(t, { "fra-1": wholeAnswer(401, "{}"), "fra-2": saturated });
  const told = await askChat(cell, { tenant: "demo-clinic" });
  assert.deepEqual(
    [told.status, errorOf(told).type, told.headers.get("retry-after")],
    [429, "provider_saturated", "2"],
  );
  assert.match(cell.metrics(), /kind="region_unavailable"\} 0\n/);
  assert.match(cell.metrics(), /kind="endpoint_refuses"\} 1\n/);
});

for (const message of ["Your credit balance is too low", "API key not valid. Please pass a valid API key."]) {
  test(`a 400 that says \`${message}\` is ours: the other answers, and the caller hears nothing of it`, async (t) => {
    const answer = wholeAnswer(400, JSON.stringify({ error: { message } }));
    const { cell } = await playing(t, { "fra-1": answer, "fra-2": good });
    const told = [
      await askChat(cell, { tenant: "demo-clinic" }),
      await askChat(cell, { tenant: "demo-clinic" }),
    ];
    for (const { status, text } of told) assert.deepEqual([status, text.includes(message)], [200, false]);
    assert.match(cell.metrics(), /kind="endpoint_refuses"\} 1\n/);
    assert.ok(!cell.logLines.join("").includes(message));
  });
}

test("a prompt that a firewall refuses takes the endpoint from nobody else", async (t) => {
  const page = wholeAnswer(403, "<html>blocked</html>");
  const { cell, asked } = await playing(t, { "fra-1": (body) => (body.includes("poison") ? page : good) });
  const poison = JSON.stringify({ model: "solo", messages: [{ role: "user", content: "poison" }] });
  assert.equal((await askChat(cell, { body: poison })).status, 502);
  assert.equal((await askChat(cell, { model: "solo", tenant: "narrow" })).status, 200);
  assert.equal(asked().length, 2);
});

for (const { title, answer, status } of [
  { title: "a rate limit", answer: '{"error":{"code":429,"message":"slow down"}}', status: 429 },
  {
    title: "the caller's fault",
    answer: '{"error":{"code":400,"message":"maximum context length is 8"}}',
    status: 400,
  },
  { title: "no stream", answer: '{"choices":[{"index":0,"finish_reason":"stop"}]}', status: 502 },
]) {
  test(`${title} as a whole answer, where events were asked for, is what it says, and no outage of a region`, async (t) => {
    const { cell } = await playing(t, { "fra-1": wholeAnswer(200, answer) });
    const told = await askChat(cell, { model: "solo", isStream: true });
    assert.equal(told.status, status, told.text);
    assert.match(cell.metrics(), /kind="region_unavailable"\} 0\n/);
  });
}

test("an event that is named an error is one, whatever members it has, first or later", async (t) => {
  const event = 'event: error\ndata: {"code":429,"message":"slow down"}\n\n';
  const first = await playing(t, { "fra-1": `${streamHead}${event}` });
  assert.equal((await askChat(first.cell, { model: "solo", isStream: true })).status, 429);
  const later = await playing(t, { "fra-1": `${streamHead}${chunkEvent("Hi")}${event}data: [DONE]\n\n` });
  const { text } = await askChat(later.cell, { model: "solo", isStream: true });
  assert.match(text, /"type":"provider_interrupted"/);
  assert.doesNotMatch(text, /\[DONE\]/);
});

test("an error of 429 under status 200 is a rate limit", async (t) => {
  const { cell } = await playing(t, {
    "fra-1": wholeAnswer(200, '{"error":{"code":429,"message":"slow down"}}'),
  });
  const told = await askChat(cell, { model: "solo" });
  assert.deepEqual([told.status, errorOf(told).type], [429, "provider_saturated"]);
});

test("one caller's poisonous requests take an endpoint from nobody else", async (t) => {
  const { cell, asked } = await playing(t, {
    "fra-1": (body) => (body.includes("poison") ? wholeAnswer(500, "{}") : good),
  });
  const poison = JSON.stringify({ model: "solo", messages: [{ role: "user", content: "poison" }] });
  for (let turn = 0; turn < 8; turn++) {
    assert.equal((await askChat(cell, { model: "solo", body: poison })).status, 502);
    assert.equal((await askChat(cell, { model: "solo", tenant: "narrow" })).status, 200);
  }
  assert.equal(asked().length, 16);
});

test("answers to one caller that show no place take the endpoint from nobody else", async (t) => {
  const placeless = good.replace("x-sim-place: DE\r\n", "");
  const { cell, asked } = await playing(t, {
    "fra-1": (body) => (body.includes("poison") ? placeless : good),
  });
  const poison = JSON.stringify({ model: "solo", messages: [{ role: "user", content: "poison" }] });
  for (let turn = 0; turn < 4; turn++) assert.equal((await askChat(cell, { body: poison })).status, 503);
  assert.equal((await askChat(cell, { model: "solo", tenant: "narrow" })).status, 200);
  assert.equal(asked().length, 5);
});

for (const { title, answer } of [
  { title: "an error", answer: wholeAnswer(500, "{}") },
  { title: "a refusal of the request", answer: wholeAnswer(400, tooLong) },
]) {
  test(`${title} from elsewhere is a violation first, whatever it says: the request was there`, async (t) => {
    const { cell, asked } = await playing(t, {
      "fra-1": answer.replace("x-sim-place: DE", "x-sim-place: US"),
    });
    assert.equal((await askChat(cell, { model: "solo" })).status, 503);
    assert.deepEqual(
      cell.entries.map((entry) => entry.t),
      ["decision", "violation", "quarantine", "outcome"],
    );
    assert.equal((await askChat(cell, { model: "solo" })).status, 503);
    assert.equal(asked().length, 1);
  });
}

test("an endpoint that fails several callers is left alone", async (t) => {
  const { cell, asked } = await playing(t, { "fra-1": wholeAnswer(500, "{}") });
  for (let turn = 0; turn < 4; turn++)
    await askChat(cell, { model: "solo", tenant: turn % 2 ? "narrow" : "demo-bank" });
  assert.equal(asked().length, 4);
  assert.equal((await askChat(cell, { model: "solo", tenant: "demo-clinic" })).status, 503);
  assert.equal(asked().length, 4);
  assert.match(
    cell.metrics(),
    /bailiwick_model_circuit_state\{cell="eu-frankfurt",endpoint="fra-1",model="solo"\} 2\n/,
  );
});

test("a limit that one caller meets is no limit for the others", async (t) => {
  const limited = wholeAnswer(429, "{}", "retry-after: 60\r\n");
  const { cell } = await playing(t, { "fra-1": (body) => (body.includes("huge") ? limited : good) });
  const huge = JSON.stringify({ model: "solo", messages: [{ role: "user", content: "huge" }] });
  assert.equal((await askChat(cell, { model: "solo", body: huge })).status, 429);
  assert.equal((await askChat(cell, { model: "solo", tenant: "narrow" })).status, 200);
});

test("an engine that failed at it is told apart from one more, and the official client does not come back", async (t) => {
  const broken = wholeAnswer(500, "{}");
  const { cell, asked } = await playing(t, { "fra-1": broken, "fra-2": broken, "fra-3": broken });
  const told = await askChat(cell);
  assert.deepEqual([told.status, told.headers.get("x-should-retry")], [502, "false"]);
  assert.equal(asked().length, 2);
  assert.match(cell.logLines.join(""), /"attempt_failed".*"failure":"status","cause":"none","status":500/);
});

test("a request that an endpoint had when it hung up is not sent there again", async (t) => {
  const { cell, asked } = await playing(t, { "fra-1": "" });
  await askChat(cell, { model: "solo" });
  assert.equal(asked().length, 1);
});

test("an error of the engine's in mid-stream is told with its word, and is no complete answer anywhere", async (t) => {
  const events = `${chunkEvent("Hello")}data: ${tooLong}\n\n`;
  const { cell } = await playing(t, { "fra-1": streamHead + events });
  const told = await askChat(cell, { model: "solo", isStream: true });
  const last = errorOf({ text: told.text.trimEnd().split("\n\n").at(-1)?.slice("data: ".length) ?? "" });
  assert.deepEqual([last.type, last.message], ["provider_interrupted", "maximum context length is 8"]);
  const outcome = cell.entries.at(-1);
  assert.equal(outcome?.t === "outcome" && outcome.result, "interrupted");
  assert.match(cell.logLines.join(""), /"request_finished".*"result":"interrupted"/);
  assert.doesNotMatch(cell.metrics(), /bailiwick_requests_total\{.*outcome="complete"/);
});

interface Playing {
  readonly cell: TestCell;
  /** Which endpoints were asked, in order. */
  readonly asked: () => readonly string[];
}

type Play = string | ((body: string) => string);

async function playing(t: TestContext, plays: Readonly<Record<string, Play>>): Promise<Playing> {
  const asked: string[] = [];
  const urls: Record<string, string> = {};
  for (const [id, play] of Object.entries(plays)) {
    const { url } = await startRawUpstream(t, (socket, text) => {
      const isProbe = text.startsWith("GET ");
      if (!isProbe) asked.push(id);
      const answer = typeof play === "string" ? play : play(text);
      socket.end(isProbe ? wholeAnswer(200, "{}") : answer);
    });
    urls[id] = url;
  }
  return { cell: await startTestCell(t, { urls }), asked: () => asked };
}

function codeOf({ text }: Answered): string {
  return (JSON.parse(text) as { error: { code: string } }).error.code;
}
