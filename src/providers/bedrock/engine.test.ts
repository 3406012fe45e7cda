import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { engineContract, failsAs, textOf } from "../../../test/contract/engine-contract.ts";
import { asking, type TestAnswer } from "../../../test/support/asking.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { chunkFrame, converseFrame, frameOf } from "../../../test/support/event-stream-frame.ts";
import { startProviderFront } from "../../../test/support/provider-front.ts";
import { startRawUpstream } from "../../../test/support/raw-http.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import type { EngineConnection } from "../provider.ts";
import { bedrock } from "./engine.ts";
import { siteOf, spokenAt } from "./site.ts";

for (const operation of ["chat_completions", "messages"] as const) {
  engineContract(`bedrock, ${operation}`, () =>
    simulatedSubject(bedrock, {
      operation,
      region: "eu-central-1",
      apiKey: "ABSKkey",
      front: (url) =>
        startProviderFront(url, ({ path, headers }) =>
          headers.authorization === "Bearer ABSKkey" ? path.replace(/^\/anthropic\/v1/, "/v1") : null,
        ),
    }),
  );
}

const key = "AKIAEXAMPLE0000000:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const first = chunkFrame({ type: "message_start", message: { usage: { input_tokens: 1 } } });
const last = chunkFrame({ type: "message_stop" });
const expected =
  'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":1}}}\n\n';

async function stream(t: TestContext, bytes: Buffer): Promise<TestAnswer> {
  return asking(await streaming(t, bytes)).call(streamed);
}

const streamed = upstreamCall({
  operation: "messages",
  isStream: true,
  body: [Buffer.from('{"model":"m","stream":true}')],
});

async function streaming(t: TestContext, bytes: Buffer): Promise<EngineConnection> {
  const type = "content-type: application/vnd.amazon.eventstream";
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    // A byte by itself at each end of what is sent: no message comes in one piece.
    socket.write(bytes.subarray(0, 1));
    setTimeout(() => socket.write(bytes.subarray(1)), 5);
  });
  const address = { ...engineAddress(upstream.url), apiKey: key, region: "eu-central-1/eu" };
  const connection = bedrock.open(address, 2);
  t.after(() => connection.close());
  return connection;
}

test("a stream's frames become the events in them", async (t) => {
  const answer = await stream(t, Buffer.concat([first, last]));
  assert.equal(answer.headers["content-type"], "text/event-stream");
  assert.equal(
    await textOf(answer.body),
    `${expected}event: message_stop\ndata: {"type":"message_stop"}\n\n`,
  );
});

for (const { title, damage } of [
  { title: "message", damage: (frame: Buffer) => frame.length - 1 },
  { title: "payload", damage: (frame: Buffer) => frame.length - 12 },
  { title: "prelude", damage: () => 9 },
  { title: "length", damage: () => 3 },
]) {
  test(`a frame whose ${title} is damaged ends the stream as broken; what came before it in the same read is told, and nothing of it`, async (t) => {
    const damaged = Buffer.from(last);
    const at = damage(damaged);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const answer = await stream(t, Buffer.concat([first, damaged, last]));
    const told: string[] = [];
    await assert.rejects(async () => {
      for await (const piece of answer.body) told.push(Buffer.from(piece).toString());
    }, failsAs("broken"));
    assert.equal(told.join(""), expected);
  });
}

test("who cancels at what came before a damaged frame is told nothing more", async (t) => {
  const damaged = Buffer.from(last).fill(0);
  const connection = await streaming(t, Buffer.concat([first, damaged]));
  const told: string[] = [];
  const underWay = connection.call(streamed, {
    onHead: () => told.push("head"),
    onBytes: () => {
      told.push("bytes");
      underWay.cancel();
    },
    onEnd: () => told.push("end"),
    onFailure: () => told.push("failure"),
  });
  await connection.drain();
  assert.deepEqual(told, ["head", "bytes"]);
});

test("a stream that ends within a frame is broken", async (t) => {
  const answer = await stream(t, Buffer.concat([first, last.subarray(0, 20)]));
  await assert.rejects(textOf(answer.body), failsAs("broken"));
});

test("an exception in a stream is an error in the words of the dialect", async (t) => {
  const headers = { ":exception-type": "throttlingException", ":message-type": "exception" };
  const answer = await stream(t, frameOf(headers, '{"message":"Too many tokens"}'));
  assert.equal(
    await textOf(answer.body),
    'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"Too many tokens"}}\n\n',
  );
});

test("a message goes as InvokeModel takes it", async (t) => {
  const { answer, request } = await ask(t, {
    operation: "messages",
    frames: [first, last],
    body: '{"model":"m","max_tokens":9,"stream":true}',
  });
  assert.match(answer, /^event: message_start\n/);
  assert.match(request, /^POST \/model\/m\/invoke-with-response-stream /);
  assert.match(request, /\r\naccept: application\/vnd\.amazon\.eventstream\r\n/);
  assert.ok(request.endsWith('{"anthropic_version":"bedrock-2023-05-31","max_tokens":9}'), request);
});

const begun = converseFrame("messageStart", { role: "assistant", p: "ab" });

test("what is asked in Converse goes as it is, and each event comes under its name", async (t) => {
  const body = '{"messages":[{"role":"user","content":[{"text":"hi"}]}]}';
  const frames = [begun, converseFrame("messageStop", { stopReason: "end_turn" })];
  const { answer, request } = await ask(t, {
    operation: "converse",
    model: "eu.amazon.nova:0",
    frames,
    body,
  });
  assert.equal(
    answer,
    'event: messageStart\ndata: {"role":"assistant","p":"ab"}\n\nevent: messageStop\ndata: {"stopReason":"end_turn"}\n\n',
  );
  assert.match(request, /^POST \/model\/eu\.amazon\.nova%3A0\/converse-stream /);
  assert.ok(request.endsWith(`\r\n\r\n${body}`), request);
});

for (const { title, headers, payload, event } of [
  {
    title: "an exception",
    headers: { ":exception-type": "throttlingException", ":message-type": "exception" },
    payload: '{"message":"Too many tokens"}',
    event: 'event: throttlingException\ndata: {"message":"Too many tokens"}\n\n',
  },
  {
    title: "an error of whoever carries it",
    headers: { ":message-type": "error", ":error-code": "InternalError", ":error-message": "Oh" },
    payload: "",
    event: 'event: internalServerException\ndata: {"message":"Oh"}\n\n',
  },
  {
    title: "an exception whose name would break its line",
    headers: { ":exception-type": "a\n\nevent: b", ":message-type": "exception" },
    payload: "{}",
    event: 'event: internalServerException\ndata: {"message":""}\n\n',
  },
]) {
  test(`${title} in a stream of Converse is an event that its reader takes for an error`, async (t) => {
    const { answer } = await ask(t, { operation: "converse", frames: [frameOf(headers, payload)] });
    assert.equal(answer, event);
  });
}

for (const { title, frame } of [
  { title: "no name", frame: frameOf({ ":message-type": "event" }, "{}") },
  {
    title: "a name that is no word",
    frame: frameOf({ ":message-type": "event", ":event-type": "a\nb" }, "{}"),
  },
  {
    title: "no object",
    frame: frameOf({ ":message-type": "event", ":event-type": "metadata" }, "nothing"),
  },
]) {
  test(`a frame of Converse with ${title} breaks the stream off`, async (t) => {
    await assert.rejects(ask(t, { operation: "converse", frames: [begun, frame] }), failsAs("broken"));
  });
}

interface Asked {
  readonly operation: "messages" | "converse";
  readonly model?: string;
  readonly frames: readonly Buffer[];
  readonly body?: string;
}

/** A stream at `bedrock-runtime`: what was sent, and what is told of the frames that came. */
async function ask(
  t: TestContext,
  { operation, model = "m", frames, body = "{}" }: Asked,
): Promise<{ answer: string; request: string }> {
  const bytes = Buffer.concat(frames);
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ncontent-length: ${bytes.length}\r\n\r\n`,
    );
    socket.write(bytes);
  });
  const address = { ...engineAddress(upstream.url), apiKey: key, region: "eu-central-1/eu" };
  const connection = asking(bedrock.open(address, 2));
  t.after(() => connection.close());
  const call = upstreamCall({ operation, isStream: true, model, body: [Buffer.from(body)] });
  const answer = await textOf((await connection.call(call)).body);
  return { answer, request: upstream.requests[0] ?? "" };
}

test("a call that waited for its connection is signed when it goes", async (t) => {
  const upstream = await startRawUpstream(t, (socket) => {
    setTimeout(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), 1_100);
  });
  const address = { ...engineAddress(upstream.url), apiKey: key, region: "eu-central-1/eu" };
  // One of two connections is for probes.
  const connection = asking(bedrock.open(address, 2));
  t.after(() => connection.close());
  const call = upstreamCall({ operation: "messages", body: [Buffer.from('{"model":"m"}')] });
  await Promise.all([connection.call(call), delay(10).then(() => connection.call(call))]);
  const dates = upstream.requests.map((request) => /x-amz-date: (\S+)/.exec(request)?.[1] ?? "");
  assert.equal(dates.length, 2);
  assert.ok((dates[0] ?? "") < (dates[1] ?? ""), dates.join(" "));
});

test("the door and its region are those of the host, or else of the region's label", () => {
  assert.deepEqual(scopeAt("https://bedrock-mantle.eu-west-1.api.aws", "eu-west-1"), [
    "eu-west-1",
    "bedrock-mantle",
  ]);
  assert.deepEqual(scopeAt("https://bedrock-runtime.us-east-1.amazonaws.com", "global"), [
    "us-east-1",
    "bedrock",
  ]);
  assert.deepEqual(scopeAt("https://vpce.example", "eu-central-2/eu"), ["eu-central-2", "bedrock"]);
  assert.throws(() => scopeAt("https://vpce.example", "global"), /endpoint `e-1`: its URL names no region/);
});

function scopeAt(url: string, region: string | null): readonly string[] {
  const site = siteOf({ ...engineAddress(url), region });
  return [site.region, site.service];
}

const runtime = { isRuntime: true };
const mantle = { isRuntime: false };

for (const { model, at, spoken } of [
  { model: "anthropic.claude-x", at: runtime, spoken: "messages" },
  { model: "eu.anthropic.claude-x-v1:0", at: runtime, spoken: "messages" },
  { model: "us-gov.anthropic.claude-x", at: runtime, spoken: "messages" },
  {
    model: "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-x",
    at: runtime,
    spoken: "messages",
  },
  { model: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-x", at: runtime, spoken: "converse" },
  {
    model: "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/a1b2c3",
    at: runtime,
    spoken: "converse",
  },
  { model: "eu.amazon.nova-lite-v1:0", at: runtime, spoken: "converse" },
  { model: "mistral.like-anthropic.x", at: runtime, spoken: "converse" },
  { model: "openai.gpt-oss-120b-1:0", at: runtime, spoken: "chat_completions" },
  { model: "anthropic.claude-x", at: mantle, spoken: "messages" },
  { model: "deepseek.v3", at: mantle, spoken: "chat_completions" },
] as const) {
  test(`${model} is asked in ${spoken} at ${at.isRuntime ? "bedrock-runtime" : "bedrock-mantle"}`, () => {
    assert.deepEqual(spokenAt(at, model), [spoken]);
  });
}
