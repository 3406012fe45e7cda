import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { renamedBody } from "../renamed-body.ts";
import { parseChatRequest } from "./chat.ts";

const messages = '"messages":[{"role":"user","content":"hi"}]';

test("a request is understood by the few members that matter", () => {
  const request = parseChatRequest(encodeUtf8(`{"model":"assistant",${messages},"stream":true}`));
  assert.ok(request.ok);
  assert.equal(request.value.model, "assistant");
  assert.equal(request.value.isStream, true);
});

for (const { said, tokens, answers = 1 } of [
  { said: "", tokens: null },
  { said: '"max_tokens":7,', tokens: 7 },
  { said: '"max_tokens":7,"max_completion_tokens":9,"n":3,', tokens: 9, answers: 3 },
  { said: '"max_tokens":-1,"max_completion_tokens":null,"n":null,', tokens: null },
]) {
  test(`an answer is bound to ${tokens ?? "nothing"} by ${said || "no word"}`, () => {
    const request = parseChatRequest(encodeUtf8(`{"model":"assistant",${said}${messages}}`));
    assert.ok(request.ok);
    assert.deepEqual(request.value.answerBound, { prompts: 1, tokens, answers });
  });
}

for (const said of ['"n":"2"', '"n":2.5', '"n":0', '"N":2', '"Max_Tokens":7']) {
  test(`a bound that an engine might read otherwise is refused: ${said}`, () => {
    const request = parseChatRequest(encodeUtf8(`{"model":"assistant",${said},${messages}}`));
    assert.match(request.ok ? "taken" : (request.error.param ?? ""), /^(n|max_tokens)$/);
  });
}

test("only the model's name changes on the way to the engine", () => {
  const text = `{ "seed":12345678901234567890,"top_p" : 1.0,"model":"assistant", "x":"\\u00e9é",${messages}}\n`;
  const request = parseChatRequest(encodeUtf8(text));
  assert.ok(request.ok);
  assert.equal(
    decodeUtf8(concatBytes(renamedBody(request.value, 'llama-3.3@"q4"'))),
    text.replace('"assistant"', '"llama-3.3@\\"q4\\""'),
  );
});

test("a rewritten request differs from the caller's in nothing but its model", () => {
  const extra = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,8}$/), fc.jsonValue(), { maxKeys: 5 });
  const name = fc.string({ minLength: 1, maxLength: 256, unit: "grapheme-composite" });
  fc.assert(
    fc.property(extra, name, (others, newName) => {
      const sent = { ...others, model: "assistant", messages: [{ role: "user" }] };
      const request = parseChatRequest(encodeUtf8(JSON.stringify(sent)));
      assert.ok(request.ok);
      const rewritten = decodeUtf8(concatBytes(renamedBody(request.value, newName))) ?? "";
      assert.equal(rewritten, JSON.stringify({ ...sent, model: newName }));
    }),
  );
});

const refused = [
  { title: "no model", body: `{${messages}}`, param: "model" },
  { title: "an empty model", body: `{"model":"",${messages}}`, param: "model" },
  { title: "a model that is no string", body: `{"model":1,${messages}}`, param: "model" },
  { title: "a model name without end", body: `{"model":"${"m".repeat(257)}",${messages}}`, param: "model" },
  { title: "a model in other letters only", body: `{"Model":"a",${messages}}`, param: "model" },
  { title: "no messages", body: '{"model":"a"}', param: "messages" },
  { title: "an empty conversation", body: '{"model":"a","messages":[]}', param: "messages" },
  { title: "messages that are no array", body: '{"model":"a","messages":{}}', param: "messages" },
  { title: "a message that is text", body: '{"model":"a","messages":["hi"]}', param: "messages[0]" },
  {
    title: "a message of nobody",
    body: '{"model":"a","messages":[{"role":"user"},{"content":""}]}',
    param: "messages[1]",
  },
  { title: "a stream that is text", body: `{"model":"a",${messages},"stream":"true"}`, param: "stream" },
  {
    title: "stream options that are none",
    body: `{"model":"a",${messages},"stream_options":[]}`,
    param: "stream_options",
  },
  {
    title: "a usage wish that is text",
    body: `{"model":"a",${messages},"stream_options":{"include_usage":"yes"}}`,
    param: "stream_options",
  },
  { title: "two models", body: `{"model":"a","model":"b",${messages}}`, param: null },
  { title: "a second model in capitals", body: `{"model":"a","MODEL":"b",${messages}}`, param: null },
  { title: "no JSON", body: "model=a", param: null },
  { title: "a stream in other letters", body: `{"model":"a",${messages},"Stream":true}`, param: "stream" },
  { title: "a stream with a long s", body: `{"model":"a",${messages},"ſtream":true}`, param: "stream" },
  { title: "a second model in mixed letters", body: `{"model":"a","modeL":"b",${messages}}`, param: null },
  { title: "messages with a sharp s", body: `{"model":"a","meßages":[],${messages}}`, param: null },
  {
    title: "stream options with a long s",
    body: `{"model":"a",${messages},"ſtream_optionſ":{}}`,
    param: "stream_options",
  },
  {
    title: "a usage wish in other letters",
    body: `{"model":"a",${messages},"stream_options":{"include_uſage":true}}`,
    param: "stream_options",
  },
  {
    title: "more members than the bounds allow",
    body: `{"model":"a",${messages},${Array.from({ length: 5_000 }, (_, at) => `"n${at}":0`).join()}}`,
    param: null,
  },
];

for (const { title, body, param } of refused) {
  test(`${title} is refused, naming the member`, () => {
    const request = parseChatRequest(encodeUtf8(body));
    assert.ok(!request.ok);
    assert.equal(request.error.param, param);
  });
}

test("null stands for an absent stream and absent stream options", () => {
  const request = parseChatRequest(
    encodeUtf8(`{"model":"a",${messages},"stream":null,"stream_options":null}`),
  );
  assert.ok(request.ok);
  assert.equal(request.value.isStream, false);
});

test("a refusal never quotes the request", () => {
  const bytes = encodeUtf8(`{"model":"hunter2",${messages.replace("hi", "hunter2")},"stream":"hunter2"}`);
  for (let length = 0; length <= bytes.length; length++) {
    const request = parseChatRequest(bytes.subarray(0, length));
    assert.ok(!request.ok);
    assert.doesNotMatch(JSON.stringify(request.error), /hunt/);
  }
});
