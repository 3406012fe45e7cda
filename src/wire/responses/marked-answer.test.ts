import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { markedEvent, markedResponse } from "./marked-answer.ts";
import type { AnswerMarks, MarkedKind } from "./marks.ts";

const marksOf = (...kinds: MarkedKind[]): AnswerMarks => ({
  kinds: new Set(kinds),
  mark: (kind, text) => `${text}~${kind}`,
});
const all = marksOf("response", "item", "sealed");

type Members = Readonly<Record<string, unknown>>;

function whole(text: string, marks: AnswerMarks | null): string | null {
  return decodeUtf8(markedResponse(encodeUtf8(text), JSON.parse(text) as Members, marks));
}

function event(text: string, marks: AnswerMarks | null): string {
  return markedEvent(text, JSON.parse(text) as Members, marks);
}

const response = String.raw`{ "id": "resp_1","n":1.0,"previous_response_id":"resp_0", "output":[
  {"type":"reasoning","id":"rs_1","encrypted_content":"g\/\u00e9"} ,
  {"type":"message","id":"msg_1","content":[{"text":"resp_1","id":"x","encrypted_content":"y"}]},7 ] }`;
const marked = String.raw`{ "id": "resp_1~response","n":1.0,"previous_response_id":"resp_0~response", "output":[
  {"type":"reasoning","id":"rs_1~item","encrypted_content":"g\/\u00e9~sealed"} ,
  {"type":"message","id":"msg_1~item","content":[{"text":"resp_1","id":"x","encrypted_content":"y"}]},7 ] }`;

test("ids of a response and of its items are marked where they stand, and no other byte is touched", () => {
  assert.equal(whole(response, all), marked);
  assert.equal(whole(response, null), response);
});

test("a kind that the caller may not use again is left as it came", () => {
  assert.equal(whole(response, marksOf("sealed")), response.replace("u00e9", "u00e9~sealed"));
});

for (const { said, told } of [
  {
    said: `{"type":"response.created","response":${response}}`,
    told: `{"type":"response.created","response":${marked}}`,
  },
  {
    said: '{"item_id":"msg_1","delta":"msg_1"}',
    told: '{"item_id":"msg_1~item","delta":"msg_1"}',
  },
  {
    said: '{"item":{"encrypted_content":"g","id":"rs_1"},"item_id":"rs_1"}',
    told: '{"item":{"encrypted_content":"g~sealed","id":"rs_1~item"},"item_id":"rs_1~item"}',
  },
  { said: '{"item":[],"response":"id","item_id":7}', told: '{"item":[],"response":"id","item_id":7}' },
  { said: '{"response":{"id":"","output":{}}}', told: '{"response":{"id":"","output":{}}}' },
]) {
  test(`\`${said.slice(0, 60)}\` is told as \`${told.slice(0, 60)}\``, () => {
    assert.equal(event(said, all), told);
    assert.equal(event(said, null), said);
  });
}

test("whatever an engine says stays JSON, and says the same but for marks", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('"', "\\", "é", "]", "_bw1-"));
  const item = fc.record({ id: text, encrypted_content: fc.option(text), content: fc.jsonValue() });
  const any = fc.record({ id: text, output: fc.array(fc.oneof(item, fc.jsonValue())) });
  fc.assert(
    fc.property(any, fc.constantFrom(undefined, 2), (body, indent) => {
      const told = whole(JSON.stringify(body, null, indent), all) ?? "";
      const back: unknown = JSON.parse(told, (_key, value: unknown) =>
        typeof value === "string" ? value.replace(/~(response|item|sealed)$/, "") : value,
      );
      const plain: unknown = JSON.parse(JSON.stringify(body), (_key, value: unknown) =>
        typeof value === "string" ? value.replace(/~(response|item|sealed)$/, "") : value,
      );
      assert.deepEqual(back, plain);
    }),
  );
});
