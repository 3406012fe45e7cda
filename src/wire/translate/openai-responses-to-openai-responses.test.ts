import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { readEngineError } from "../engine-error.ts";
import { responses } from "../responses/responses.ts";
import type { AnswerTranslator } from "../translation.ts";
import { openAiResponsesToOpenAiResponses as translation } from "./openai-responses-to-openai-responses.ts";

function answer(): AnswerTranslator {
  const view = responses.read(encodeUtf8('{"model":"a","input":"hi","stream":true}'));
  assert.ok(view.ok);
  return translation.answer(view.value);
}

const event = (name: string, members: object = {}): { name: string; data: string } => ({
  name,
  data: JSON.stringify({ type: name, ...members }),
});
const created = event("response.created", { response: { id: "resp_1", model: "gpt", usage: null } });
const usage = { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 2 };

for (const status of ["completed", "incomplete"]) {
  test(`\`response.${status}\` ends a response, waits for the outcome, and needs no [DONE] after it`, () => {
    const told = answer();
    assert.ok(told.push(created).ok);
    const last = event(`response.${status}`, { response: { status, usage } });
    assert.deepEqual(told.push(last), { ok: true, value: "" });
    assert.ok(told.isClosed);
    assert.deepEqual(told.push({ name: "message", data: "[DONE]" }), { ok: true, value: "" });
    const end = told.end();
    assert.ok(end.ok);
    assert.equal(end.value, `event: response.${status}\ndata: ${last.data}\n\n`);
    assert.deepEqual(told.facts.usage, { promptTokens: 9, completionTokens: 2, cachedTokens: 4 });
    assert.deepEqual([told.facts.model, told.facts.callId], ["gpt", "resp_1"]);
  });
}

test("a stream that closes without its last event is broken, [DONE] or not", () => {
  const told = answer();
  told.push(created);
  told.push({ name: "message", data: "[DONE]" });
  assert.deepEqual(told.end(), { ok: false, error: "broken" });
});

for (const { title, events, error, message } of [
  { title: "a text before the response", events: [event("response.output_text.delta")], error: "garbage" },
  { title: "a chat's chunk", events: [{ name: "message", data: '{"choices":[]}' }], error: "garbage" },
  {
    title: "a response that failed",
    events: [
      created,
      event("response.failed", { response: { status: "failed", error: { message: "busy" } } }),
    ],
    error: "error",
    message: "busy",
  },
  {
    title: "an error",
    events: [created, event("error", { message: "busy" })],
    error: "error",
    message: "busy",
  },
]) {
  test(`${title} ends a stream as ${error}`, () => {
    const told = answer();
    assert.deepEqual(events.map((each) => told.push(each)).at(-1), { ok: false, error });
    if (message) assert.equal(readEngineError(told.facts.body).message, message);
  });
}

for (const { text, error } of [
  { text: '{"object":"response","status":"failed","error":{"message":"busy"},"output":[]}', error: "error" },
  { text: '{"object":"response","status":"queued","output":[]}', error: "garbage" },
  { text: '{"object":"chat.completion","choices":[]}', error: "garbage" },
  { text: "busy", error: "garbage" },
]) {
  test(`a whole answer \`${text}\` is ${error}`, () => {
    assert.deepEqual(answer().whole(encodeUtf8(text)), { ok: false, error });
  });
}

test("what is marked is for the caller alone: the call's own id stays what its engine calls it", () => {
  const view = responses.read(encodeUtf8('{"model":"a","input":"hi","stream":true}'));
  assert.ok(view.ok);
  const marks = { kinds: new Set(["response"] as const), mark: (_kind: string, text: string) => `${text}~` };
  const told = translation.answer(view.value, marks);
  const said = told.push(created);
  assert.match(said.ok ? said.value : "", /"id":"resp_1~"/);
  assert.equal(told.facts.callId, "resp_1");
});
