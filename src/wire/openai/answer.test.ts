import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseChatAnswer, parseChatChunk, readCallId } from "./answer.ts";

const usage = {
  prompt_tokens: 20,
  completion_tokens: 5,
  total_tokens: 25,
  prompt_tokens_details: { cached_tokens: 16 },
};

test("a whole answer gives its model and its counts", () => {
  const body = { object: "chat.completion", model: "llama", choices: [{}], usage };
  assert.deepEqual(parseChatAnswer(JSON.stringify(body)), {
    kind: "answer",
    model: "llama",
    usage: { promptTokens: 20, completionTokens: 5, cachedTokens: 16 },
    body,
  });
});

test("the chunk that only carries usage is an answer", () => {
  const chunk = parseChatChunk(JSON.stringify({ object: "chat.completion.chunk", choices: [], usage }));
  assert.equal(chunk.kind, "answer");
});

test("Azure's chunk without an object's name is an answer", () => {
  assert.equal(parseChatChunk('{"object":"","choices":[],"prompt_filter_results":[]}').kind, "answer");
});

test("an answer or a chunk need not say what it is", () => {
  for (const text of ['{"choices":[]}', '{"object":null,"choices":[]}']) {
    assert.equal(parseChatAnswer(text).kind, "answer");
    assert.equal(parseChatChunk(text).kind, "answer");
  }
});

test("[DONE] closes a stream, and is garbage as a whole answer", () => {
  assert.equal(parseChatChunk("[DONE]").kind, "done");
  assert.equal(parseChatAnswer("[DONE]").kind, "garbage");
});

test("an error is an error even when choices come with it", () => {
  const text = '{"error":{"message":"out of memory"},"object":"chat.completion.chunk","choices":[]}';
  assert.equal(parseChatChunk(text).kind, "error");
  assert.equal(parseChatAnswer(text).kind, "error");
});

for (const text of ["", "null", "[]", '"text"', "{}", "<html>", '{"choices":{}}', '{"object":1}']) {
  test(`\`${text}\` is garbage`, () => {
    assert.equal(parseChatAnswer(text).kind, "garbage");
    assert.equal(parseChatChunk(text).kind, "garbage");
  });
}

test("a chunk is no whole answer, and a whole answer is no chunk", () => {
  assert.equal(parseChatAnswer('{"object":"chat.completion.chunk","choices":[]}').kind, "garbage");
  assert.equal(parseChatChunk('{"object":"chat.completion","choices":[]}').kind, "garbage");
});

const counts = [
  { title: "no usage", usage: null, read: null },
  { title: "usage that is text", usage: "20", read: null },
  { title: "a count that is text", usage: { prompt_tokens: "20" }, read: null },
  { title: "a negative count", usage: { prompt_tokens: -1 }, read: null },
  { title: "a count too large to be exact", usage: { prompt_tokens: 1e300 }, read: null },
  {
    title: "no details",
    usage: { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: null },
    read: { promptTokens: 1, completionTokens: 2, cachedTokens: null },
  },
  {
    title: "a prompt alone",
    usage: { prompt_tokens: 1 },
    read: { promptTokens: 1, completionTokens: 0, cachedTokens: null },
  },
];

for (const { title, usage, read } of counts) {
  test(`counts are only taken where they are counts: ${title}`, () => {
    const answer = parseChatAnswer(JSON.stringify({ object: "chat.completion", choices: [], usage }));
    assert.ok(answer.kind === "answer");
    assert.deepEqual(answer.usage, read);
  });
}

test("no text makes the readers throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.ok(["answer", "error", "garbage", "done"].includes(parseChatChunk(text).kind));
      assert.ok(["answer", "error", "garbage"].includes(parseChatAnswer(text).kind));
    }),
  );
});

const ids = [
  { title: "a token", body: { id: "chatcmpl-9f:1.2_x" }, callId: "chatcmpl-9f:1.2_x" },
  { title: "an empty one, as in Azure's first chunk", body: { id: "" }, callId: null },
  { title: "words", body: { id: "the patient said" }, callId: null },
  { title: "one without end", body: { id: "a".repeat(129) }, callId: null },
  { title: "a number", body: { id: 7 }, callId: null },
  { title: "none", body: {}, callId: null },
  { title: "no body", body: null, callId: null },
];

for (const { title, body, callId } of ids) {
  test(`the id of a call is only taken where it is a short token: ${title}`, () => {
    assert.equal(readCallId(body), callId);
  });
}
