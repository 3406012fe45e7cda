import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { completions } from "./completions.ts";
import { countPrompts } from "./prompts.ts";

for (const { prompt, count } of [
  { prompt: "hi", count: 1 },
  { prompt: "", count: 1 },
  { prompt: ["a", "b"], count: 2 },
  { prompt: [1, 22, 333], count: 1 },
  { prompt: [[1, 22], [333]], count: 2 },
  { prompt: [], count: null },
  { prompt: [[]], count: null },
  { prompt: [1, "a"], count: null },
  { prompt: [1.5], count: null },
  { prompt: [-1], count: null },
  { prompt: { text: "a" }, count: null },
  { prompt: null, count: null },
  { prompt: undefined, count: null },
]) {
  test(`\`${JSON.stringify(prompt)}\` holds ${count ?? "no"} prompts`, () => {
    assert.equal(countPrompts(prompt), count);
  });
}

for (const { members, bound } of [
  { members: { prompt: "a" }, bound: { prompts: 1, tokens: null, answers: 1 } },
  { members: { prompt: ["a", "b"], max_tokens: 5, n: 2 }, bound: { prompts: 2, tokens: 5, answers: 4 } },
  { members: { prompt: "a", n: 2, best_of: 6 }, bound: { prompts: 1, tokens: null, answers: 6 } },
]) {
  test(`\`${JSON.stringify(members)}\` is bound by each prompt, and by every candidate that is written`, () => {
    const view = completions.read(encodeUtf8(JSON.stringify({ model: "a", ...members })));
    assert.ok(view.ok);
    assert.deepEqual(view.value.answerBound, bound);
  });
}

test("what is no prompt is named", () => {
  const view = completions.read(encodeUtf8('{"model":"a","prompt":[1,"a"]}'));
  assert.ok(!view.ok);
  assert.equal(view.error.param, "prompt");
});
