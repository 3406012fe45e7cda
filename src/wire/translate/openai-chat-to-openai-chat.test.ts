import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, encodeUtf8 } from "../../base/index.ts";
import { chatCompletions } from "../openai/chat.ts";
import { parseChatChunk } from "../openai/answer.ts";
import { formatSseData, SseParser } from "../sse.ts";
import type { RequestView } from "../operation.ts";
import type { AnswerTranslator } from "../translation.ts";
import { openAiChatToOpenAiChat as translation } from "./openai-chat-to-openai-chat.ts";

const message = (data: string) => ({ name: "message", data });
const chunk = (members: object = {}): string =>
  JSON.stringify({ object: "chat.completion.chunk", choices: [], ...members });
const done = message("[DONE]");
const quiet = viewOf({});
const streamed = viewOf({ stream: true });

function viewOf(members: object): RequestView {
  const view = chatCompletions.read(
    encodeUtf8(JSON.stringify({ model: "a", messages: [{ role: "user" }], ...members })),
  );
  assert.ok(view.ok);
  return view.value;
}

test("only the model's name changes on the way in, there and back", () => {
  const name = fc.string({ minLength: 1, maxLength: 256 });
  const extra = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,8}$/), fc.jsonValue(), { maxKeys: 5 });
  fc.assert(
    fc.property(extra, name, name, (others, asked, engines) => {
      const sent = encodeUtf8(JSON.stringify({ ...others, model: asked, messages: [{ role: "user" }] }));
      assert.deepEqual(rename(rename(sent, engines), asked), sent);
    }),
  );
});

function rename(body: Uint8Array, model: string): Uint8Array {
  const view = chatCompletions.read(body);
  assert.ok(view.ok);
  const request = translation.request(view.value, model);
  assert.ok(request.ok);
  return concatBytes(request.value);
}

test("a whole answer passes as it came, and its facts are read", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2 };
  const body = { id: "c-1", object: "chat.completion", model: "llama", choices: [{}], usage };
  const bytes = encodeUtf8(` ${JSON.stringify(body)}\n`);
  const answer = translation.answer(quiet);
  assert.deepEqual(answer.whole(bytes), { ok: true, value: bytes });
  assert.deepEqual(answer.facts, {
    usage: { promptTokens: 3, completionTokens: 2, cachedTokens: null },
    model: "llama",
    body,
    callId: "c-1",
  });
});

for (const { title, bytes, error } of [
  { title: "an error", bytes: encodeUtf8('{"error":{"message":"out of memory"}}'), error: "error" },
  { title: "a chunk", bytes: encodeUtf8(chunk()), error: "garbage" },
  { title: "[DONE]", bytes: encodeUtf8("[DONE]"), error: "garbage" },
  { title: "bytes that are not UTF-8", bytes: Uint8Array.of(0xff), error: "garbage" },
]) {
  test(`${title} is no whole answer`, () => {
    assert.deepEqual(translation.answer(quiet).whole(bytes), { ok: false, error });
  });
}

test("facts are the newest that came, and a chunk without them takes none back", () => {
  const answer = translation.answer(quiet);
  const usage = { prompt_tokens: 3, completion_tokens: 0 };
  answer.push(message(chunk({ id: "", model: "llama", usage })));
  answer.push(message(chunk({ id: "c-1", usage: { ...usage, completion_tokens: 2 } })));
  answer.push(message(chunk({ last: true })));
  assert.deepEqual(answer.facts, {
    usage: { promptTokens: 3, completionTokens: 2, cachedTokens: null },
    model: "llama",
    body: { object: "chat.completion.chunk", choices: [], last: true },
    callId: "c-1",
  });
});

test("an error between chunks is an error, with its body for whoever asks whose fault it is", () => {
  const answer = translation.answer(quiet);
  answer.push(message(chunk({ model: "llama" })));
  const event = message('{"error":{"code":429}}');
  assert.deepEqual(answer.push(event), { ok: false, error: "error" });
  assert.deepEqual(answer.facts.body, { error: { code: 429 } });
  assert.equal(answer.facts.model, "llama");
});

test("the close is held back until the end, and nothing after it counts", () => {
  const answer = translation.answer(quiet);
  answer.push(message(chunk()));
  assert.equal(answer.isClosed, false);
  assert.deepEqual(answer.push(done), { ok: true, value: "" });
  assert.equal(answer.isClosed, true);
  assert.deepEqual(answer.push(message("<html>")), { ok: true, value: "" });
  assert.deepEqual(answer.end(), { ok: true, value: "data: [DONE]\n\n" });
});

test("a stream without its close is broken, and no end is made up", () => {
  const answer = translation.answer(quiet);
  assert.deepEqual(answer.end(), { ok: false, error: "broken" });
  answer.push(message(chunk()));
  assert.deepEqual(answer.end(), { ok: false, error: "broken" });
});

const chunkMembers = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,4}$/), fc.jsonValue(), { maxKeys: 3 });
const validStream = fc
  .array(
    fc.record({ members: chunkMembers, isSpaced: fc.boolean(), noise: fc.constantFrom("", ": hi\n\n") }),
    {
      maxLength: 8,
    },
  )
  .map((chunks) => chunks.map(({ members, isSpaced, noise }) => noise + frame(chunk(members), isSpaced)))
  .map((frames) => `${frames.join("")}data: [DONE]\n\n`);

/** Pretty-printed data takes several `data` lines. */
function frame(data: string, isSpaced: boolean): string {
  if (!isSpaced) return `data:${data}\r\n\r\n`;
  return formatSseData(JSON.stringify(JSON.parse(data), null, 1));
}

test("however a stream is cut, what is released is each chunk's data in a frame, and the close at the end", () => {
  fc.assert(
    fc.property(validStream, fc.array(fc.nat(200), { maxLength: 20 }), (text, cuts) => {
      const bytes = encodeUtf8(text);
      const { released, end } = passOn(cut(bytes, cuts));
      const events = new SseParser(1 << 20).push(bytes);
      assert.ok(events.ok);
      const kept = events.value.filter(({ data }) => parseChatChunk(data).kind === "answer");
      assert.equal(released, kept.map(({ data }) => formatSseData(data)).join(""));
      assert.equal(kept.length, events.value.length - 1);
      assert.equal(end, formatSseData("[DONE]"));
    }),
  );
});

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) yield bytes.subarray(at, (at += size));
  yield bytes.subarray(at);
}

interface Passed {
  readonly released: string;
  readonly end: string;
}

function passOn(parts: Iterable<Uint8Array>): Passed {
  const parser = new SseParser(1 << 20);
  const answer = translation.answer(quiet);
  const released = Array.from(parts).flatMap((part) => {
    const events = parser.push(part);
    assert.ok(events.ok);
    return events.value.map((event) => pushed(answer, event.data));
  });
  const end = answer.end();
  assert.ok(end.ok);
  return { released: released.join(""), end: end.value };
}

function pushed(answer: AnswerTranslator, data: string): string {
  const released = answer.push(message(data));
  assert.ok(released.ok);
  return released.value;
}

test("no text makes the translator throw", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json(), fc.constant("[DONE]"))), (texts) => {
      const answer = translation.answer(quiet);
      for (const text of texts) answer.push(message(text));
      answer.end();
      for (const text of texts) translation.answer(quiet).whole(encodeUtf8(text));
    }),
  );
});

const usage = { prompt_tokens: 3, completion_tokens: 2 };

for (const { title, data } of [
  { title: "a cost beside no choices", data: '{"choices":[],"cost":"0.1"}' },
  { title: "a ping", data: '{"type":"ping"}' },
  { title: "counts with `choices: null`", data: JSON.stringify({ choices: null, usage }) },
  { title: "an empty object", data: "{}" },
]) {
  test(`${title} after the first chunk passes as it came`, () => {
    const answer = translation.answer(streamed);
    answer.push(message(chunk()));
    assert.deepEqual(answer.push(message(data)), { ok: true, value: formatSseData(data) });
  });
}

test("the counts of an event without choices are counted", () => {
  const answer = translation.answer(streamed);
  answer.push(message(chunk()));
  answer.push(message(JSON.stringify({ choices: null, usage })));
  assert.deepEqual(answer.facts.usage, { promptTokens: 3, completionTokens: 2, cachedTokens: null });
});

for (const { members, isHidden } of [
  { members: { stream: true }, isHidden: true },
  { members: { stream: true, stream_options: { include_usage: false } }, isHidden: true },
  { members: { stream: true, stream_options: { include_usage: true } }, isHidden: false },
]) {
  test(`the chunk of counts is ${isHidden ? "taken out" : "kept"} for \`${JSON.stringify(members)}\``, () => {
    const answer = translation.answer(viewOf(members));
    answer.push(message(chunk()));
    const released = answer.push(message(chunk({ usage })));
    assert.ok(released.ok);
    assert.equal(released.value === "", isHidden);
    assert.equal(answer.facts.usage?.promptTokens, 3);
  });
}

test("counts beside choices stay where they are", () => {
  const answer = translation.answer(streamed);
  answer.push(message(chunk()));
  const released = answer.push(message(chunk({ choices: [{ index: 0 }], usage })));
  assert.ok(released.ok && released.value !== "");
});

for (const { title, choices, isComplete } of [
  {
    title: "all choices have said why they ended",
    choices: [
      [0, "stop"],
      [1, "length"],
    ],
    isComplete: true,
  },
  {
    title: "one choice has not",
    choices: [
      [1, null],
      [0, "stop"],
    ],
    isComplete: false,
  },
  { title: "a choice ended by an error", choices: [[0, "error"]], isComplete: false },
] as const) {
  test(`a stream without [DONE] is ${isComplete ? "complete" : "broken"} when ${title}`, () => {
    const answer = translation.answer(streamed);
    answer.push(message(chunk()));
    for (const [index, finish_reason] of choices) {
      answer.push(message(chunk({ choices: [{ index, finish_reason }] })));
    }
    assert.equal(answer.end().ok, isComplete);
  });
}

test("a stream without [DONE] is broken when a choice that was asked for has not begun", () => {
  for (const [n, isComplete] of [
    [1, true],
    [2, false],
  ] as const) {
    const answer = translation.answer(viewOf({ n, stream: true }));
    answer.push(message(chunk({ choices: [{ index: 0, finish_reason: "stop" }] })));
    assert.equal(answer.end().ok, isComplete);
  }
});

test("a choice that ended by an error is an error, whole or in a stream", () => {
  const choices = [{ index: 0, finish_reason: "error" }];
  const answer = translation.answer(streamed);
  answer.push(message(chunk()));
  assert.deepEqual(answer.push(message(chunk({ choices }))), { ok: false, error: "error" });
  const whole = encodeUtf8(JSON.stringify({ choices }));
  assert.deepEqual(translation.answer(quiet).whole(whole), { ok: false, error: "error" });
});

for (const data of ['{"type":"ping"}', JSON.stringify({ choices: null, usage })]) {
  test(`\`${data}\` is no first chunk of an answer`, () => {
    assert.deepEqual(translation.answer(streamed).push(message(data)), { ok: false, error: "garbage" });
  });
}
