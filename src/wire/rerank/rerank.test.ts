import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { rerankToRerank } from "../translate/same/rerank.ts";
import { rerank } from "./rerank.ts";

const remote = "https://pictures.example/1.png";
const request = { model: "a", query: "which law?", documents: ["this one", { text: "that one" }] };

function read(members: object): ReturnType<typeof rerank.read> {
  return rerank.read(encodeUtf8(JSON.stringify({ ...request, ...members })));
}

test("each document is read together with the query, which is what bounds its tokens", () => {
  const body = encodeUtf8(JSON.stringify(request));
  const view = rerank.read(body);
  assert.ok(view.ok);
  const bytes = body.length + '"which law?"'.length;
  assert.deepEqual(view.value.answerBound, { prompts: 2, tokens: 0, answers: 1, bytes });
});

const leaving = [
  { title: "Jina's picture", members: { documents: ["a", { image: remote }] }, exit: "documents[1].image" },
  { title: "a part", members: { documents: [part()] }, exit: "documents[0].image_url.url" },
  {
    title: "vLLM's parts",
    members: { documents: { content: [part()] } },
    exit: "documents.content[0].image_url.url",
  },
  {
    title: "parts of a document",
    members: { documents: [{ content: [part()] }] },
    exit: "documents[0].content[0].image_url.url",
  },
  { title: "the query's", members: { query: { content: [part()] } }, exit: "query.content[0].image_url.url" },
  { title: "another case", members: { Documents: [{ Image: remote }] }, exit: null },
];

for (const { title, members, exit } of leaving) {
  test(`a picture that the engine would fetch is found: ${title}`, () => {
    const view = read(members);
    if (exit === null) return assert.equal(view.ok, false);
    assert.ok(view.ok);
    assert.deepEqual(view.value.exits, [{ member: exit, name: "image_url", does: "moves" }]);
  });
}

test("an address in a text moves nothing, nor does a picture that came along", () => {
  const view = read({ documents: [remote, { image: "data:image/png;base64,AA==" }, { text: remote }] });
  assert.ok(view.ok);
  assert.deepEqual(view.value.exits, []);
});

for (const [param, members] of [
  ["query", { query: 7 }],
  ["documents", { documents: [] }],
  ["documents", { documents: "a" }],
  ["documents", { documents: ["a", 7] }],
  ["stream", { stream: true }],
] as const) {
  test(`what is no ranking is refused by name: ${JSON.stringify(members)}`, () => {
    const view = read(members);
    assert.ok(!view.ok);
    assert.equal(view.error.param, param);
  });
}

const results = [{ index: 0, relevance_score: 0.5 }];
const answers: readonly { readonly body: object; readonly read: number | null }[] = [
  { body: { results, usage: { prompt_tokens: 5, total_tokens: 6 } }, read: 5 },
  { body: { results, usage: { total_tokens: 6 } }, read: 6 },
  { body: { results, meta: { tokens: { input_tokens: 4 } } }, read: 4 },
  { body: { results, meta: { billed_units: { search_units: 1 } } }, read: null },
];
for (const { body, read: promptTokens } of answers) {
  test(`what was read is counted where the answer says it: ${JSON.stringify(body)}`, () => {
    const view = read({});
    assert.ok(view.ok);
    const answer = rerankToRerank.answer(view.value);
    assert.ok(answer.whole(encodeUtf8(JSON.stringify(body))).ok);
    assert.equal(answer.facts.usage?.promptTokens ?? null, promptTokens);
  });
}

for (const [fault, body] of [
  ["garbage", { results: [{ index: 0, score: 1 }] }],
  ["garbage", [{ index: 0, score: 1 }]],
  ["error", { error: { message: "no" } }],
  ["error", { object: "error", message: "no" }],
] as const) {
  test(`an answer that is no ranking is none: ${JSON.stringify(body)}`, () => {
    const view = read({});
    assert.ok(view.ok);
    const whole = rerankToRerank.answer(view.value).whole(encodeUtf8(JSON.stringify(body)));
    assert.deepEqual(whole, { ok: false, error: fault });
  });
}

function part(): object {
  return { type: "image_url", image_url: { url: remote } };
}
