import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { blockKeys, blockTokens, renderPrompt, tokenize } from "./tokens.ts";

test("tokens joined are the text again", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(tokenize(text).join(""), text);
    }),
  );
});

test("two prompts share as many block keys as they share full blocks", () => {
  const tokens = fc.array(fc.constantFrom("a", "b"), { maxLength: 100 });
  fc.assert(
    fc.property(tokens, tokens, tokens, (shared, left, right) => {
      const [first, second] = [
        [...shared, ...left],
        [...shared, ...right],
      ];
      const common = first.findIndex((token, index) => token !== second[index]);
      const commonTokens = common === -1 ? Math.min(first.length, second.length) : common;
      const [keys, others] = [blockKeys(first), blockKeys(second)];
      const equal = keys.filter((key, index) => key === others[index]).length;
      assert.equal(equal, Math.floor(commonTokens / blockTokens));
      assert.equal(keys.length, Math.floor(first.length / blockTokens));
    }),
  );
});

test("the same block after another beginning has another key", () => {
  const block = Array<string>(blockTokens).fill("x");
  const [first, second] = blockKeys([...block, ...block]);
  assert.notEqual(first, second);
});

test("a conversation's next prompt begins with this one and its answer", () => {
  const question = { role: "user", content: "What binds?" };
  const answer = { role: "assistant", content: "An agreement binds." };
  const turn = [...renderPrompt([question], null), ...tokenize(answer.content)];
  const next = renderPrompt([question, answer, { role: "user", content: "Whom?" }], null);
  assert.deepEqual(next.slice(0, turn.length), turn);
});

test("tools and parts that are not text are part of the prompt", () => {
  const parts = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
  const plain = renderPrompt(parts, undefined);
  assert.match(plain.join(""), /"text":"hi"/);
  assert.ok(renderPrompt(parts, [{ type: "function" }]).length > plain.length);
});
