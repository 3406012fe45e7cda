import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { defaultJsonBounds } from "../json-members.ts";
import type { CallerEvent } from "../operation.ts";
import { readCallerEvent } from "./caller-event.ts";

const remote = "https://pictures.example/a.png";
const inline = "data:image/png;base64,AA==";

function read(event: object | string): CallerEvent {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  return readCallerEvent(encodeUtf8(text), { alias: "voice", ...defaultJsonBounds });
}

const session = (members: object): object => ({ type: "session.update", session: members });
const response = (members: object): object => ({ type: "response.create", response: members });
const item = (members: object): object => ({ type: "conversation.item.create", item: members });
const message = (part: object): object => ({ type: "message", role: "user", content: [part] });

for (const { event, member, name } of [
  {
    event: session({ tools: [{ type: "function" }, { type: "mcp" }] }),
    member: "session.tools[1].type",
    name: "tools",
  },
  { event: session({ tools: [{ type: "web_search" }] }), member: "session.tools[0].type", name: "tools" },
  {
    event: session({ tools: [{ Type: "mcp", type: "function" }] }),
    member: "session.tools[0].type",
    name: "tools",
  },
  { event: session({ tools: [{ name: "f" }] }), member: "session.tools[0].type", name: "tools" },
  { event: session({ tools: {} }), member: "session.tools", name: "tools" },
  { event: session({ Tools: [{ type: "mcp" }] }), member: "session.tools[0].type", name: "tools" },
  { event: session({ prompt: { id: "pmpt_1" } }), member: "session.prompt", name: "prompt" },
  { event: session({ tracing: "auto" }), member: "session.tracing", name: "tracing" },
  { event: session({ tracing: {} }), member: "session.tracing", name: "tracing" },
  {
    event: session({ audio: { input: { transcription: { model: "whisper-1" } } } }),
    member: "session.audio.input.transcription",
    name: "transcription",
  },
  {
    event: session({ input_audio_transcription: { model: "whisper-1" } }),
    member: "session.input_audio_transcription",
    name: "transcription",
  },
  { event: session({ provider: { order: ["x"] } }), member: "session.provider", name: "provider" },
  { event: session({ extra_body: {} }), member: "session.extra_body", name: "extra_body" },
  { event: session({ store: true }), member: "session.store", name: "store" },
  { event: response({ tools: [{ type: "mcp" }] }), member: "response.tools[0].type", name: "tools" },
  { event: response({ prompt: { id: "pmpt_1" } }), member: "response.prompt", name: "prompt" },
  { event: response({ conversation: "conv_1" }), member: "response.conversation", name: "conversation" },
  {
    event: response({ input: [{ type: "item_reference", id: "i" }] }),
    member: "response.input[0].type",
    name: "item_reference",
  },
  {
    event: response({ input: [message({ type: "input_image", image_url: remote })] }),
    member: "response.input[0].content[0].image_url",
    name: "image_url",
  },
  {
    event: item(message({ type: "input_image", image_url: remote })),
    member: "item.content[0].image_url",
    name: "image_url",
  },
  {
    event: item(message({ type: "input_image", file_id: "f-1" })),
    member: "item.content[0].file_id",
    name: "file",
  },
  { event: item({ type: "item_reference", id: "i" }), member: "item.type", name: "item_reference" },
  { event: item({ type: "mcp_approval_response", approve: true }), member: "item.type", name: "tools" },
]) {
  test(`${JSON.stringify(event)} would leave by \`${member}\``, () => {
    const { fault, exits } = read(event);
    assert.equal(fault, null);
    assert.deepEqual(
      exits.map((exit) => ({ member: exit.member, name: exit.name })),
      [{ member, name }],
    );
  });
}

for (const event of [
  session({
    type: "realtime",
    instructions: "Be brief.",
    output_modalities: ["audio"],
    audio: {
      input: { transcription: null, turn_detection: { type: "server_vad" } },
      output: { voice: "alloy" },
    },
    tools: [{ type: "function", name: "f", parameters: {} }],
    tool_choice: "auto",
    tracing: null,
    prompt: null,
    include: ["item.input_audio_transcription.logprobs"],
  }),
  response({
    conversation: "none",
    input: [message({ type: "input_image", image_url: inline })],
    metadata: { a: "b" },
  }),
  { type: "response.create", event_id: "e" },
  item(message({ type: "input_audio", audio: "AAAA" })),
  { type: "input_audio_buffer.append", audio: "AAAA" },
  { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: 1 },
]) {
  test(`${JSON.stringify(event)} stays where it was permitted`, () => {
    const { fault, exits } = read(event);
    assert.deepEqual([fault, exits], [null, []]);
  });
}

for (const { event, param, says } of [
  { event: { type: "transcription_session.update" }, param: "type", says: /must be one of/ },
  { event: { type: ["session.update"] }, param: "type", says: /must be one of/ },
  { event: {}, param: "type", says: /must be one of/ },
  { event: { type: "input_audio_buffer.clear", session: {} }, param: null, says: /no other member/ },
  { event: { type: "session.update", Session: { tools: [] } }, param: null, says: /no other member/ },
  { event: session({ model: "other" }), param: "session.model", says: /cannot be changed/ },
  { event: session({ Model: "voice" }), param: "session.model", says: /other letters/ },
  { event: response({ model: null }), param: "response.model", says: /cannot be changed/ },
  { event: { type: "session.update", session: [] }, param: "session", says: /no JSON object/ },
  {
    event: '{"type":"session.update","session":{"tools":[{"type":"mcp"}],"tools":[]}}',
    param: null,
    says: /twice/,
  },
  {
    event: '{"type":"session.update","session":{"tools":[],"Tools":[]}}',
    param: "session",
    says: /twice/,
  },
  { event: '{"type":"session.update","session":{},"session":{}}', param: null, says: /twice/ },
  { event: '{"type":"input_audio_buffer.clear"', param: null, says: /no JSON object/ },
  { event: '["type"]', param: null, says: /no JSON object/ },
  { event: "", param: null, says: /no JSON object/ },
]) {
  test(`${JSON.stringify(event)} is not understood, and nothing of it is told back`, () => {
    const { fault } = read(event);
    assert.ok(fault);
    assert.equal(fault.param, param);
    assert.match(fault.message, says);
  });
}

test("the model may be said again, and is found where it stands", () => {
  const text = '{"type":"session.update", "session":{"é":1,"model" : "voice"}, "event_id":"e-1"}';
  const { id, fault, modelSpan } = read(text);
  assert.deepEqual([id, fault], ["e-1", null]);
  assert.ok(modelSpan);
  assert.equal(decodeUtf8(encodeUtf8(text).subarray(modelSpan.start, modelSpan.end)), '"voice"');
});

test("every truncation of an event is refused, and none is thrown at", () => {
  const text = encodeUtf8('{"type":"session.update","session":{"tools":[{"type":"mcp"}],"model":"voice"}}');
  for (let length = 0; length < text.length; length++)
    assert.ok(readCallerEvent(text.subarray(0, length), { alias: "voice", ...defaultJsonBounds }).fault);
});
