import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { readEngineEvent } from "./engine-event.ts";

function read(text: string): ReturnType<typeof readEngineEvent> {
  return readEngineEvent(encodeUtf8(text));
}

test("what is no event is none", () => {
  for (const text of ["", "[]", "{}", '{"type":7}', '{"type":"a"', '{"type":"a","type":"b"}'])
    assert.equal(read(text), null, text);
});

test("the model is found in what tells of the session, and nowhere else", () => {
  const created = '{"é":0,"type":"session.created","session":{"voice":"x","model":"gpt-realtime"}}';
  const span = read(created)?.modelSpan;
  assert.ok(span);
  assert.equal(decodeUtf8(encodeUtf8(created).subarray(span.start, span.end)), '"gpt-realtime"');
  assert.equal(read(created.replace("session.created", "session.other"))?.modelSpan, null);
  assert.equal(read('{"type":"session.updated","session":{"model":7}}')?.modelSpan, null);
  assert.equal(read('{"type":"session.updated"}')?.modelSpan, null);
});

const usage = { input_tokens: 7, input_token_details: { cached_tokens: 4 }, output_tokens: 2 };
const counted = { promptTokens: 7, completionTokens: 2, cachedTokens: 4 };
const transcribed = "conversation.item.input_audio_transcription.completed";

for (const { event, response, told } of [
  { event: { type: "response.created", response: { usage } }, response: "begun", told: null },
  { event: { type: "response.done", response: { usage } }, response: "over", told: counted },
  { event: { type: "response.done", response: { usage: null } }, response: "over", told: "unknown" },
  { event: { type: "response.done" }, response: "over", told: "unknown" },
  {
    event: { type: "response.done", response: { usage: { input_tokens: -1 } } },
    response: "over",
    told: "unknown",
  },
  { event: { type: transcribed, usage: { type: "tokens", ...usage } }, response: null, told: counted },
  { event: { type: transcribed, usage: { type: "duration", seconds: 3 } }, response: null, told: "unknown" },
  { event: { type: "response.output_text.delta", usage }, response: null, told: null },
]) {
  test(`${JSON.stringify(event)} tells of what was used as far as it does`, () => {
    const read = readEngineEvent(encodeUtf8(JSON.stringify(event)));
    assert.deepEqual([read?.response, read?.usage], [response, told]);
  });
}
