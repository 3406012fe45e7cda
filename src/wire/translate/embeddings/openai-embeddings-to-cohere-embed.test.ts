import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../../base/index.ts";
import { embeddings } from "../../openai/embeddings.ts";
import type { RequestView } from "../../operation.ts";
import { openAiEmbeddingsToCohereEmbed as translation } from "./openai-embeddings-to-cohere-embed.ts";

function viewOf(members: object): RequestView {
  const asked = { model: "docs", input: "hi", input_type: "search_query", ...members };
  const view = embeddings.read(encodeUtf8(JSON.stringify(asked)));
  assert.ok(view.ok);
  return view.value;
}

function cohereOf(members: object): unknown {
  const request = translation.request(viewOf(members), "embed-v4.0");
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

test("texts are asked for as numbers that stand for all of each, whatever form the caller wants", () => {
  const plain = {
    model: "embed-v4.0",
    texts: ["hi"],
    input_type: "search_query",
    embedding_types: ["float"],
    truncate: "NONE",
  };
  assert.deepEqual(cohereOf({}), plain);
  assert.deepEqual(
    cohereOf({ input: ["a", "b"], encoding_format: "base64", dimensions: 256, stream: false, user: null }),
    { ...plain, texts: ["a", "b"], output_dimension: 256 },
  );
});

for (const { members, param } of [
  { members: { input_type: undefined }, param: "input_type" },
  { members: { input_type: "image" }, param: "input_type" },
  { members: { input: [1, 2] }, param: "input" },
  { members: { input: [[1], [2]] }, param: "input" },
  { members: { encoding_format: "int8" }, param: "encoding_format" },
  { members: { user: "a" }, param: "user" },
]) {
  test(`\`${JSON.stringify(members)}\` has no counterpart, and is named: ${param}`, () => {
    const request = translation.request(viewOf(members), "embed-v4.0");
    assert.ok(!request.ok);
    assert.equal(request.error.param, param);
    assert.ok(request.error.message.includes(`\`${param}\``));
  });
}

const id = "2b9c1f6e-7a64-4e8a-9d0b-5c3f1e2d4a6b";

function answerOf(float: unknown): object {
  return {
    id,
    embeddings: { float },
    texts: ["hi"],
    meta: { api_version: { version: "2" }, billed_units: { input_tokens: 3 } },
    response_type: "embeddings_by_type",
  };
}

function told(members: object, body: object): unknown {
  const answer = translation.answer(viewOf(members));
  const whole = answer.whole(encodeUtf8(JSON.stringify(body)));
  return whole.ok ? JSON.parse(decodeUtf8(whole.value) ?? "") : whole.error;
}

test("vectors are told in their order, under the caller's name of the model, with what was billed", () => {
  const asked = { input: ["a", "b"] };
  assert.deepEqual(
    told(
      asked,
      answerOf([
        [0.5, -1],
        [2, 0],
      ]),
    ),
    {
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: [0.5, -1] },
        { object: "embedding", index: 1, embedding: [2, 0] },
      ],
      model: "docs",
      usage: { prompt_tokens: 3, total_tokens: 3 },
    },
  );
});

test("who asks for base64 is given little-endian floats", () => {
  const { data } = told({ encoding_format: "base64" }, answerOf([[1, -2]])) as {
    data: { embedding: string }[];
  };
  const bytes = Buffer.from(data[0]?.embedding ?? "", "base64");
  assert.deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length], [1, -2, 8]);
});

test("what an answer says of itself is known, and no count is made up", () => {
  const answer = translation.answer(viewOf({}));
  const { meta: _meta, ...silent } = answerOf([[1]]) as { meta: object };
  assert.ok(answer.whole(encodeUtf8(JSON.stringify(silent))).ok);
  assert.deepEqual([answer.facts.usage, answer.facts.callId], [null, id]);
  assert.equal("usage" in (told({}, silent) as object), false);
});

for (const { title, members, body, fault } of [
  { title: "an error", members: {}, body: { id, message: "invalid api token" }, fault: "error" },
  {
    title: "fewer vectors than texts",
    members: { input: ["a", "b"] },
    body: answerOf([[1]]),
    fault: "garbage",
  },
  {
    title: "another length than was asked for",
    members: { dimensions: 2 },
    body: answerOf([[1]]),
    fault: "garbage",
  },
  { title: "no numbers", members: {}, body: answerOf([["a"]]), fault: "garbage" },
  {
    title: "other vectors than were asked for",
    members: {},
    body: { id, embeddings: { int8: [[1]] } },
    fault: "garbage",
  },
  { title: "nothing", members: {}, body: {}, fault: "garbage" },
]) {
  test(`${title}: not what was asked for`, () => {
    assert.equal(told(members, body), fault);
  });
}
