import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { engineContract, failsAs, textOf } from "../../../test/contract/engine-contract.ts";
import { asking, type TestAnswer } from "../../../test/support/asking.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { chunkFrame, frameOf } from "../../../test/support/event-stream-frame.ts";
import { startProviderFront } from "../../../test/support/provider-front.ts";
import { startRawUpstream } from "../../../test/support/raw-http.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import { bedrock } from "./engine.ts";
import { siteOf } from "./site.ts";

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
  const type = "content-type: application/vnd.amazon.eventstream";
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    // A byte by itself at each end of what is sent: no message comes in one piece.
    socket.write(bytes.subarray(0, 1));
    setTimeout(() => socket.write(bytes.subarray(1)), 5);
  });
  const address = { ...engineAddress(upstream.url), apiKey: key, region: "eu-central-1/eu" };
  const connection = asking(bedrock.open(address, 2));
  t.after(() => connection.close());
  return connection.call(
    upstreamCall({
      operation: "messages",
      isStream: true,
      body: [Buffer.from('{"model":"m","stream":true}')],
    }),
  );
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
  test(`a frame whose ${title} is damaged ends the stream as broken, and nothing of it is told`, async (t) => {
    const damaged = Buffer.from(last);
    const at = damage(damaged);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const answer = await stream(t, Buffer.concat([first, damaged, last]));
    const told: string[] = [];
    await assert.rejects(async () => {
      for await (const piece of answer.body) told.push(Buffer.from(piece).toString());
    }, failsAs("broken"));
    assert.ok([expected, ""].includes(told.join("")), told.join(""));
  });
}

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

for (const operation of ["messages", "chat_completions", "responses"] as const) {
  test(`what is asked as ${operation} and answered as a message goes as InvokeModel takes it, and its frames become events`, async (t) => {
    const stream = Buffer.concat([first, last]);
    const upstream = await startRawUpstream(t, (socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ncontent-length: ${stream.length}\r\n\r\n`,
      );
      socket.write(stream);
    });
    const address = {
      ...engineAddress(upstream.url, { serves: ["messages"] }),
      apiKey: key,
      region: "eu-central-1/eu",
    };
    const connection = asking(bedrock.open(address, 2));
    t.after(() => connection.close());
    const body = [Buffer.from('{"model":"m","max_tokens":9,"stream":true}')];
    const answer = await connection.call(upstreamCall({ operation, isStream: true, model: "m", body }));
    assert.match(await textOf(answer.body), /^event: message_start\n/);
    const [request = ""] = upstream.requests;
    assert.match(request, /^POST \/model\/m\/invoke-with-response-stream /);
    assert.ok(request.endsWith('{"anthropic_version":"bedrock-2023-05-31","max_tokens":9}'), request);
  });
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
