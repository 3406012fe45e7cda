import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { chatUsage, chunksOf, messageOf, pieces, turnsOf } from "../../../test/support/chat-chunks.ts";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { messages } from "../anthropic/messages.ts";
import type { RequestView } from "../operation.ts";
import { type SseEvent, SseParser } from "../sse.ts";
import { anthropicMessagesToOpenAiChat as translation } from "./anthropic-messages-to-openai-chat.ts";

const hi = { role: "user", content: "hi" };

function viewOf(text: string): RequestView {
  const view = messages.read(encodeUtf8(text));
  assert.ok(view.ok, JSON.stringify(view));
  return view.value;
}

function translated(members: object): ReturnType<typeof translation.request> {
  return translation.request(viewOf(JSON.stringify({ model: "a", messages: [hi], ...members })), "llama");
}

function chatOf(members: object): unknown {
  const request = translated(members);
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

test("a whole request: turns, pictures, tools with their results, and how to answer", () => {
  const chat = chatOf({
    max_tokens: 100,
    system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop_sequences: ["END"],
    metadata: { user_id: "u-1" },
    thinking: { type: "disabled" },
    output_config: { effort: "low", format: { type: "json_schema", schema: { type: "object" } } },
    tools: [
      { name: "weather", description: "of a place", input_schema: { type: "object" }, cache_control: null },
    ],
    tool_choice: { type: "any", disable_parallel_tool_use: true },
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "A map.", signature: "" },
          { type: "text", text: "I look." },
          { type: "tool_use", id: "t-1", name: "weather", input: { place: "Köln" } },
          { type: "tool_use", id: "t-2", name: "weather", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t-1", content: "rain" },
          {
            type: "tool_result",
            tool_use_id: "t-2",
            is_error: true,
            content: [{ type: "text", text: "no place" }],
          },
          { type: "text", text: "So?" },
        ],
      },
    ],
  });
  assert.deepEqual(chat, {
    model: "llama",
    messages: [
      { role: "system", content: [{ type: "text", text: "Be brief." }] },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      {
        role: "assistant",
        reasoning_content: "A map.",
        content: [{ type: "text", text: "I look." }],
        tool_calls: [
          { id: "t-1", type: "function", function: { name: "weather", arguments: '{"place":"Köln"}' } },
          { id: "t-2", type: "function", function: { name: "weather", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "t-1", content: "rain" },
      {
        role: "tool",
        tool_call_id: "t-2",
        content: [
          { type: "text", text: "The tool failed:" },
          { type: "text", text: "no place" },
        ],
      },
      { role: "user", content: [{ type: "text", text: "So?" }] },
    ],
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop: ["END"],
    tools: [
      {
        type: "function",
        function: { name: "weather", description: "of a place", parameters: { type: "object" } },
      },
    ],
    tool_choice: "required",
    parallel_tool_calls: false,
    user: "u-1",
    reasoning_effort: "low",
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", strict: true, schema: { type: "object" } },
    },
  });
});

function asked(view: RequestView): unknown {
  const request = translation.request(view, "llama");
  assert.ok(request.ok);
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

test("a stream asks for its counts, unless the engine refuses that", () => {
  const view = viewOf(JSON.stringify({ model: "a", messages: [hi], stream: true }));
  const stream = { model: "llama", messages: [hi], stream: true };
  assert.deepEqual(asked(view), { ...stream, stream_options: { include_usage: true } });
  assert.deepEqual(asked({ ...view, usageWish: null }), stream);
});

test("numbers too long for a double keep their digits in a tool's arguments", () => {
  const body =
    '{"model":"a","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"id":12345678901234567890}}]},{"role":"user","content":"so"}]}';
  const request = translation.request(viewOf(body), "llama");
  assert.ok(request.ok);
  assert.match(decodeUtf8(concatBytes(request.value)) ?? "", /\{\\"id\\":12345678901234567890\}/);
});

const asBlocks = (role: string, ...content: readonly object[]): object => ({
  messages: [hi, { role, content }, hi],
});

for (const { members, param } of [
  { members: { mystery: 1 }, param: "mystery" },
  { members: { "a b": 1 }, param: "…" },
  { members: { service_tier: "standard_only" }, param: "service_tier" },
  { members: { context_management: {} }, param: "context_management" },
  { members: { thinking: { type: "enabled", budget_tokens: 1024 } }, param: "thinking" },
  { members: { output_config: { effort: "max" } }, param: "output_config.effort" },
  { members: { output_format: { type: "xml" } }, param: "output_format.type" },
  {
    members: {
      output_format: { type: "json_schema", schema: {} },
      output_config: { format: { type: "json_schema", schema: {} } },
    },
    param: "output_format",
  },
  { members: { metadata: { user_id: "a", team: "b" } }, param: "metadata.team" },
  { members: { tools: [{ type: "bash_20250124", name: "bash" }] }, param: "tools[0].type" },
  { members: { tools: [{ name: "f", defer_loading: true }] }, param: "tools[0].defer_loading" },
  { members: { tool_choice: { type: "some" } }, param: "tool_choice.type" },
  { members: { system: [{ type: "image" }] }, param: "system[0].type" },
  { members: { messages: [hi, { role: "assistant", content: "I" }] }, param: "messages[1]" },
  { members: { messages: [{ role: "system", content: "I" }] }, param: "messages[0].role" },
  { members: asBlocks("user", { type: "document" }), param: "messages[1].content[0].type" },
  {
    members: asBlocks("user", { type: "text", text: "a", citations: [] }),
    param: "messages[1].content[0].citations",
  },
  {
    members: asBlocks("user", { type: "tool_result", tool_use_id: "t", content: [{ type: "image" }] }),
    param: "messages[1].content[0].content[0].type",
  },
  {
    members: asBlocks("user", { type: "image", source: { type: "file", file_id: "f" } }),
    param: "messages[1].content[0].source.type",
  },
  {
    members: asBlocks("assistant", { type: "thinking", thinking: "…", signature: "EqQB" }),
    param: "messages[1].content[0]",
  },
  {
    members: asBlocks("assistant", { type: "redacted_thinking", data: "x" }),
    param: "messages[1].content[0].type",
  },
  {
    members: asBlocks(
      "assistant",
      { type: "tool_use", id: "t", name: "f", input: {} },
      { type: "text", text: "a" },
    ),
    param: "messages[1].content[1]",
  },
]) {
  test(`\`${JSON.stringify(members)}\` has no counterpart, and is named: ${param}`, () => {
    const request = translated(members);
    assert.ok(!request.ok);
    assert.equal(request.error.param, param);
    assert.ok(request.error.message.includes(`\`${param}\``));
  });
}

function wholeOf(message: object, more: object = {}, members: object = {}): unknown {
  const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop", ...more }];
  const body = { id: "chatcmpl-1", object: "chat.completion", model: "llama", choices, usage: chatUsage };
  const view = viewOf(JSON.stringify({ model: "a", messages: [hi], ...members }));
  const whole = translation.answer(view).whole(encodeUtf8(JSON.stringify(body)));
  return whole.ok ? JSON.parse(decodeUtf8(whole.value) ?? "") : whole.error;
}

function call(id: string, json: string): object {
  return { id, type: "function", function: { name: "weather", arguments: json } };
}

test("a whole answer: thinking, text, calls, and counts without what was cached", () => {
  const message = {
    reasoning_content: "A map.",
    content: "I look.",
    tool_calls: [call("t-1", '{"place":"Köln"}'), call("t-2", "")],
  };
  assert.deepEqual(wholeOf(message, { finish_reason: "tool_calls" }), {
    id: "chatcmpl-1",
    type: "message",
    role: "assistant",
    model: "llama",
    content: [
      { type: "thinking", thinking: "A map.", signature: "" },
      { type: "text", text: "I look." },
      { type: "tool_use", id: "t-1", name: "weather", input: { place: "Köln" } },
      { type: "tool_use", id: "t-2", name: "weather", input: {} },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 4, cache_read_input_tokens: 6, output_tokens: 4 },
  });
});

for (const { more, message = { content: "a" }, reason, sequence = null } of [
  { more: { finish_reason: "stop" }, reason: "end_turn" },
  { more: { finish_reason: "length" }, reason: "max_tokens" },
  { more: { finish_reason: "content_filter" }, reason: "refusal" },
  { more: { finish_reason: "stop", stop_reason: "END" }, reason: "stop_sequence", sequence: "END" },
  { more: { finish_reason: "stop", stop_reason: "</s>" }, reason: "end_turn" },
  {
    more: { finish_reason: "stop" },
    message: { tool_calls: [{ id: "t", function: { name: "f", arguments: "{}" } }] },
    reason: "tool_use",
  },
  { more: { finish_reason: "stop" }, message: { content: null, refusal: "No." }, reason: "refusal" },
]) {
  test(`a chat that ended by ${JSON.stringify(more)} is a message that ended by ${reason}`, () => {
    const told = wholeOf(message, more, { stop_sequences: ["END"] }) as Record<string, unknown>;
    assert.deepEqual([told["stop_reason"], told["stop_sequence"]], [reason, sequence]);
  });
}

for (const { title, message, more } of [
  {
    title: "arguments that are no JSON",
    message: { tool_calls: [{ id: "t", function: { name: "f", arguments: "{" } }] },
  },
  { title: "a call without an id", message: { tool_calls: [{ function: { name: "f", arguments: "{}" } }] } },
  { title: "content that is no text", message: { content: [{ type: "thinking" }] } },
  { title: "an end that nobody knows", message: { content: "a" }, more: { finish_reason: "tired" } },
]) {
  test(`${title} cannot be told as a message`, () => {
    assert.equal(wholeOf(message, more), "garbage");
  });
}

test("a streamed answer adds up to the whole one, however it was cut", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      assert.deepEqual(folded(streamed(chunksOf(piece))), wholeOf(messageOf(piece)));
    }),
  );
});

function streamed(chunks: readonly object[]): readonly SseEvent[] {
  const answer = translation.answer(viewOf(JSON.stringify({ model: "a", messages: [hi], stream: true })));
  const parser = new SseParser(1 << 20);
  let text = "";
  for (const data of [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"]) {
    const told = answer.push({ name: "message", data });
    assert.ok(told.ok, JSON.stringify(told));
    text += told.value;
  }
  const end = answer.end();
  assert.ok(end.ok);
  const events = parser.push(encodeUtf8(text + end.value));
  assert.ok(events.ok);
  return events.value;
}

/** As Anthropic's client puts a stream together. */
function folded(events: readonly SseEvent[]): unknown {
  interface Told {
    readonly type: string;
    readonly index: number;
    readonly message: Record<string, unknown>;
    readonly content_block: Record<string, unknown>;
    readonly delta: Record<string, string>;
    readonly usage: object;
  }
  let message: Record<string, unknown> = {};
  const blocks: Record<string, unknown>[] = [];
  const inputs: string[] = [];
  for (const { name, data } of events) {
    const event = JSON.parse(data) as Told;
    assert.equal(event.type, name);
    if (name === "message_start") ({ message } = event);
    if (name === "content_block_start") {
      assert.equal(event.index, blocks.length);
      blocks.push(event.content_block);
      inputs.push("");
    }
    if (name === "content_block_delta") {
      const block = blocks[event.index] ?? {};
      const { text, thinking, partial_json: json } = event.delta;
      if (text !== undefined) block["text"] = String(block["text"]) + text;
      if (thinking !== undefined) block["thinking"] = String(block["thinking"]) + thinking;
      if (json !== undefined) inputs[event.index] += json;
    }
    if (name === "message_delta") message = { ...message, ...event.delta, usage: event.usage };
  }
  assert.equal(events.filter(({ name }) => name === "message_delta").length, 1);
  assert.equal(events.at(-1)?.name, "message_stop");
  const content = blocks.map((block, at) =>
    block["type"] === "tool_use" ? { ...block, input: JSON.parse(inputs[at] || "{}") as unknown } : block,
  );
  return { ...message, content };
}

function callChunk(index: number, id?: string): object {
  const called = { index, id, function: { name: id && "f", arguments: "{" } };
  return { object: "chat.completion.chunk", choices: [{ delta: { tool_calls: [called] } }] };
}

test("calls whose pieces come by turns cannot be told, since blocks come one after the other", () => {
  const answer = translation.answer(viewOf(JSON.stringify({ model: "a", messages: [hi], stream: true })));
  const push = (chunk: object): unknown => answer.push({ name: "message", data: JSON.stringify(chunk) });
  push(callChunk(0, "t-1"));
  push(callChunk(1, "t-2"));
  assert.deepEqual(push(callChunk(0)), { ok: false, error: "garbage" });
});

test("a stream that is cut before it said why it ended is broken, and no end is made up", () => {
  const answer = translation.answer(viewOf(JSON.stringify({ model: "a", messages: [hi], stream: true })));
  const [first = {}] = chunksOf({ reasoning: [], text: ["a"], calls: [] });
  answer.push({ name: "message", data: JSON.stringify(first) });
  assert.deepEqual(answer.end(), { ok: false, error: "broken" });
});

test("what a message says goes back as what the chat said", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const { content } = wholeOf(messageOf(piece)) as { content: readonly object[] };
      if (content.length === 0) return;
      const { messages: turns } = chatOf({ messages: [hi, { role: "assistant", content }, hi] }) as {
        messages: readonly object[];
      };
      assert.deepEqual(turns, [hi, ...turnsOf(piece), hi]);
    }),
  );
});
