// Both of Google's ways to embed, which differ in words alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../../base/index.ts";
import { embeddings } from "../../openai/embeddings.ts";
import type { RequestView } from "../../operation.ts";
import type { Translation } from "../../translation.ts";
import { openAiEmbeddingsToGeminiEmbedContents } from "./openai-embeddings-to-gemini-embed-contents.ts";
import { openAiEmbeddingsToVertexPredict } from "./openai-embeddings-to-vertex-predict.ts";

function viewOf(members: object): RequestView {
  const view = embeddings.read(encodeUtf8(JSON.stringify({ model: "docs", input: "hi", ...members })));
  assert.ok(view.ok);
  return view.value;
}

function requestOf(translation: Translation, members: object): unknown {
  const request = translation.request(viewOf(members), "gemini-embedding-001");
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

function told(translation: Translation, members: object, body: object): unknown {
  const whole = translation.answer(viewOf(members)).whole(encodeUtf8(JSON.stringify(body)));
  return whole.ok ? JSON.parse(decodeUtf8(whole.value) ?? "") : whole.error;
}

const gemini = openAiEmbeddingsToGeminiEmbedContents;
const vertex = openAiEmbeddingsToVertexPredict;

test("Gemini is asked for each text by itself, with the model and the dimensions in each", () => {
  const model = "models/gemini-embedding-001";
  assert.deepEqual(requestOf(gemini, {}), { requests: [{ model, content: { parts: [{ text: "hi" }] } }] });
  assert.deepEqual(requestOf(gemini, { input: ["a", "b"], encoding_format: "base64", dimensions: 768 }), {
    requests: ["a", "b"].map((text) => ({
      model,
      content: { parts: [{ text }] },
      outputDimensionality: 768,
    })),
  });
});

test("Vertex is asked for all texts at once, and not to cut any", () => {
  assert.deepEqual(requestOf(vertex, { input: ["a", "b"] }), {
    instances: [{ content: "a" }, { content: "b" }],
    parameters: { autoTruncate: false },
  });
  assert.deepEqual(requestOf(vertex, { dimensions: 768 }), {
    instances: [{ content: "hi" }],
    parameters: { autoTruncate: false, outputDimensionality: 768 },
  });
});

const ways = [
  {
    name: "Gemini",
    translation: gemini,
    answerOf: (vectors: readonly unknown[], tokens: number | null) => ({
      embeddings: vectors.map((values) => ({ values })),
      ...(tokens !== null && { usageMetadata: { promptTokenCount: tokens } }),
    }),
  },
  {
    name: "Vertex",
    translation: vertex,
    answerOf: (vectors: readonly unknown[], tokens: number | null) => ({
      predictions: vectors.map((values, at) => ({
        // All are counted in the first, for the sum.
        embeddings: {
          values,
          ...(tokens !== null && { statistics: { token_count: at === 0 ? tokens : 0 } }),
        },
      })),
      metadata: { billableCharacterCount: 2 },
    }),
  },
];

for (const { name, translation, answerOf } of ways) {
  for (const { members, param } of [
    { members: { input: [1, 2] }, param: "input" },
    { members: { input: [[1], [2]] }, param: "input" },
    { members: { encoding_format: "int8" }, param: "encoding_format" },
    { members: { input_type: "search_query" }, param: "input_type" },
    { members: { user: "a" }, param: "user" },
  ]) {
    test(`${name}: \`${JSON.stringify(members)}\` has no counterpart, and is named: ${param}`, () => {
      const request = translation.request(viewOf(members), "m");
      assert.ok(!request.ok);
      assert.equal(request.error.param, param);
      assert.ok(request.error.message.includes(`\`${param}\``));
    });
  }

  test(`${name}: vectors are told in their order, with what was read`, () => {
    const body = answerOf(
      [
        [0.5, -1],
        [2, 0],
      ],
      3,
    );
    assert.deepEqual(told(translation, { input: ["a", "b"] }, body), {
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: [0.5, -1] },
        { object: "embedding", index: 1, embedding: [2, 0] },
      ],
      model: "docs",
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
  });

  test(`${name}: where nothing is counted no count is told`, () => {
    assert.equal("usage" in (told(translation, {}, answerOf([[1]], null)) as object), false);
  });

  test(`${name}: who asks for base64 is given little-endian floats`, () => {
    const { data } = told(translation, { encoding_format: "base64" }, answerOf([[1, -2]], 3)) as {
      data: { embedding: string }[];
    };
    const bytes = Buffer.from(data[0]?.embedding ?? "", "base64");
    assert.deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length], [1, -2, 8]);
  });

  for (const { title, members, body, fault } of [
    { title: "an error", members: {}, body: { error: { code: 400 } }, fault: "error" },
    {
      title: "fewer vectors than texts",
      members: { input: ["a", "b"] },
      body: answerOf([[1]], 1),
      fault: "garbage",
    },
    {
      title: "another length than was asked for",
      members: { dimensions: 2 },
      body: answerOf([[1]], 1),
      fault: "garbage",
    },
    { title: "no numbers", members: {}, body: answerOf([["a"]], 1), fault: "garbage" },
    { title: "no vectors", members: {}, body: answerOf([null], 1), fault: "garbage" },
    { title: "nothing", members: {}, body: {}, fault: "garbage" },
  ]) {
    test(`${name}: ${title}: not what was asked for`, () => {
      assert.equal(told(translation, members, body), fault);
    });
  }
}
