import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { messages } from "../anthropic/messages.ts";
import type { AnswerTranslator } from "../translation.ts";
import { anthropicMessagesToAnthropicMessages as translation } from "./anthropic-messages-to-anthropic-messages.ts";

function answer(): AnswerTranslator {
  const body = { model: "a", stream: true, messages: [{ role: "user", content: "hi" }] };
  const view = messages.read(encodeUtf8(JSON.stringify(body)));
  assert.ok(view.ok);
  return translation.answer(view.value);
}

const event = (name: string, members: object = {}): { name: string; data: string } => ({
  name,
  data: JSON.stringify({ type: name, ...members }),
});
const start = event("message_start", {
  message: { id: "msg_1", model: "claude", usage: { input_tokens: 0, output_tokens: 1 } },
});
const delta = event("message_delta", {
  delta: { stop_reason: "end_turn" },
  usage: { input_tokens: 3, cache_read_input_tokens: 4, cache_creation_input_tokens: 5, output_tokens: 9 },
});

test("counts are totals: the last of each stands, and none is added", () => {
  const told = answer();
  for (const each of [start, event("message_delta", { usage: { output_tokens: 6 } }), delta])
    assert.ok(told.push(each).ok);
  assert.ok(told.push(event("message_delta", { usage: { output_tokens: 9 } })).ok);
  assert.deepEqual(told.facts.usage, { promptTokens: 12, completionTokens: 9, cachedTokens: 4 });
  assert.deepEqual([told.facts.model, told.facts.callId], ["claude", "msg_1"]);
});

test("the last event waits for the outcome, and what comes after it counts for nothing", () => {
  const told = answer();
  told.push(start);
  assert.deepEqual(told.push(event("message_stop")), { ok: true, value: "" });
  assert.ok(told.isClosed);
  assert.deepEqual(told.push(event("error")), { ok: true, value: "" });
  const end = told.end();
  assert.ok(end.ok);
  assert.equal(end.value, 'event: message_stop\ndata: {"type":"message_stop"}\n\n');
});

test("a message that has said why it ended is complete, and one that has not is broken", () => {
  const told = answer();
  told.push(start);
  assert.deepEqual(told.end(), { ok: false, error: "broken" });
  told.push(delta);
  assert.ok(told.end().ok);
});

test("events and blocks that nobody knows yet pass, by the name of their type where the server leaves it out", () => {
  const told = answer();
  assert.ok(told.push(event("ping")).ok);
  assert.ok(told.push(start).ok);
  const passed = told.push({ name: "message", data: '{ "type":"content_block_pondered"}' });
  assert.ok(passed.ok);
  assert.equal(passed.value, 'event: content_block_pondered\ndata: { "type":"content_block_pondered"}\n\n');
});

for (const { title, events, error } of [
  { title: "a block before the message", events: [event("content_block_start")], error: "garbage" },
  { title: "a chat's chunk", events: [{ name: "message", data: '{"choices":[]}' }], error: "garbage" },
  { title: "an event that is no JSON", events: [{ name: "message_start", data: "{" }], error: "garbage" },
  {
    title: "an error",
    events: [start, event("error", { error: { type: "overloaded_error", message: "busy" } })],
    error: "error",
  },
  { title: "an error without words", events: [{ name: "error", data: "busy" }], error: "error" },
]) {
  test(`${title} ends a stream as ${error}`, () => {
    const told = answer();
    assert.deepEqual(events.map((each) => told.push(each)).at(-1), { ok: false, error });
  });
}

for (const { text, error } of [
  { text: '{"type":"error","error":{"type":"overloaded_error"}}', error: "error" },
  { text: '{"error":"busy"}', error: "error" },
  { text: '{"type":"message"}', error: "garbage" },
  { text: '{"choices":[]}', error: "garbage" },
  { text: "busy", error: "garbage" },
]) {
  test(`a whole answer \`${text}\` is ${error}`, () => {
    assert.deepEqual(answer().whole(encodeUtf8(text)), { ok: false, error });
  });
}
