import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../base/index.ts";
import { embeddings } from "../../openai/embeddings.ts";
import type { AnswerTranslator } from "../../translation.ts";
import { openAiEmbeddingsToOpenAiEmbeddings as translation } from "./openai-embeddings-to-openai-embeddings.ts";

function answerTo(members: object): AnswerTranslator {
  const view = embeddings.read(encodeUtf8(JSON.stringify({ model: "a", input: "hi", ...members })));
  assert.ok(view.ok);
  return translation.answer(view.value);
}

function answerWith(...vectors: readonly unknown[]): string {
  const data = vectors.map((embedding, index) => ({ object: "embedding", index, embedding }));
  return ` ${JSON.stringify({ object: "list", model: "e", data, usage: { prompt_tokens: 3, total_tokens: 3 } })}`;
}

test("vectors pass as they came, and their facts are read", () => {
  const answer = answerTo({});
  const bytes = encodeUtf8(answerWith([0.5, -1]));
  assert.deepEqual(answer.whole(bytes), { ok: true, value: bytes });
  assert.deepEqual(answer.facts.usage, { promptTokens: 3, completionTokens: 0, cachedTokens: null });
  assert.equal(answer.facts.model, "e");
});

test("base64 passes byte for byte to who asked for it", () => {
  const bytes = encodeUtf8(answerWith("AACAPw=="));
  assert.deepEqual(answerTo({ encoding_format: "base64" }).whole(bytes), { ok: true, value: bytes });
});

test("who asked for base64 is never given numbers", () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(fc.array(float, { minLength: 1, maxLength: 9 }), { minLength: 1 }), (vectors) => {
      const asked = { input: vectors.map(() => "hi"), encoding_format: "base64" };
      const whole = answerTo(asked).whole(encodeUtf8(answerWith(...vectors)));
      assert.ok(whole.ok);
      const { data } = JSON.parse(decodeUtf8(whole.value) ?? "") as { data: { embedding: string }[] };
      const read = data.map(({ embedding }) => floatsOf(embedding));
      assert.deepEqual(read, JSON.parse(JSON.stringify(vectors)));
    }),
  );
});

function floatsOf(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, "base64");
  // JSON has no negative zero.
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4) + 0);
}

for (const { title, members, answer, error } of [
  { title: "fewer dimensions than asked for", members: { dimensions: 3 }, answer: answerWith([1, 2]) },
  {
    title: "fewer dimensions than asked for, in base64",
    members: { dimensions: 2, encoding_format: "base64" },
    answer: answerWith("AACAPw=="),
  },
  { title: "base64, to who did not ask for it", members: {}, answer: answerWith("AACAPw==") },
  { title: "fewer vectors than texts", members: { input: ["a", "b"] }, answer: answerWith([1]) },
  { title: "more vectors than texts", members: { input: [1, 2] }, answer: answerWith([1], [2]) },
  { title: "no vectors", members: {}, answer: '{"object":"list"}' },
  { title: "a chat", members: {}, answer: '{"choices":[]}' },
  { title: "vectors that hold words", members: {}, answer: answerWith(["a"]) },
  { title: "an error under status 200", members: {}, answer: '{"error":{"code":429}}', error: "error" },
]) {
  test(`${title}: not what was asked for`, () => {
    assert.deepEqual(answerTo(members).whole(encodeUtf8(answer)), { ok: false, error: error ?? "garbage" });
  });
}

test("the dimensions that were asked for are an answer", () => {
  const bytes = encodeUtf8(answerWith("AACAPwAAAEA="));
  assert.ok(answerTo({ dimensions: 2, encoding_format: "base64" }).whole(bytes).ok);
  assert.ok(answerTo({ dimensions: 2 }).whole(encodeUtf8(answerWith([1, 2]))).ok);
});

test("vectors are not streamed", () => {
  const view = embeddings.read(encodeUtf8('{"model":"a","input":"hi","stream":true}'));
  assert.ok(!view.ok);
  assert.equal(view.error.param, "stream");
  assert.deepEqual(answerTo({}).push({ name: "message", data: "{}" }), {
    ok: false,
    error: "garbage",
  });
});
