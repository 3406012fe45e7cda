import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { chatUsage, chunksOf, messageOf, pieces, turnsOf } from "../../../test/support/chat-chunks.ts";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import type { RequestView } from "../operation.ts";
import { responses } from "../responses/responses.ts";
import { type SseEvent, SseParser } from "../sse.ts";
import { openAiResponsesToOpenAiChat as translation } from "./openai-responses-to-openai-chat.ts";

function viewOf(members: object = {}): RequestView {
  const view = responses.read(encodeUtf8(JSON.stringify({ model: "a", input: "hi", ...members })));
  assert.ok(view.ok, JSON.stringify(view));
  return view.value;
}

function chatOf(members: object): unknown {
  const request = translation.request(viewOf(members), "llama");
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

test("a whole request: items of a conversation, tools, and how to answer", () => {
  const chat = chatOf({
    instructions: "Be brief.",
    max_output_tokens: 100,
    temperature: 0.5,
    parallel_tool_calls: false,
    store: false,
    include: ["reasoning.encrypted_content"],
    truncation: "disabled",
    reasoning: { effort: "low", summary: null },
    text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true } },
    tools: [{ type: "function", name: "weather", parameters: { type: "object" }, strict: null }],
    tool_choice: { type: "function", name: "weather" },
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text: "What is this?" },
          { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
        ],
      },
      { type: "reasoning", id: "rs_1", summary: [], content: [{ type: "reasoning_text", text: "A map." }] },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "I look.", annotations: [], logprobs: [] }],
      },
      { type: "function_call", id: "fc_1", call_id: "t-1", name: "weather", arguments: '{"place":"Bonn"}' },
      { type: "function_call", call_id: "t-2", name: "weather", arguments: "{}", status: "completed" },
      { type: "function_call_output", call_id: "t-1", output: "rain" },
      { type: "function_call_output", call_id: "t-2", output: [{ type: "input_text", text: "sun" }] },
      { role: "user", content: "So?" },
    ],
  });
  assert.deepEqual(chat, {
    model: "llama",
    store: false,
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
        ],
      },
      {
        role: "assistant",
        reasoning_content: "A map.",
        content: [{ type: "text", text: "I look." }],
        tool_calls: [
          { id: "t-1", type: "function", function: { name: "weather", arguments: '{"place":"Bonn"}' } },
          { id: "t-2", type: "function", function: { name: "weather", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "t-1", content: "rain" },
      { role: "tool", tool_call_id: "t-2", content: [{ type: "text", text: "sun" }] },
      { role: "user", content: "So?" },
    ],
    temperature: 0.5,
    parallel_tool_calls: false,
    max_tokens: 100,
    tools: [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }],
    tool_choice: { type: "function", function: { name: "weather" } },
    response_format: {
      type: "json_schema",
      json_schema: { name: "n", schema: { type: "object" }, strict: true },
    },
    reasoning_effort: "low",
  });
});

test("a text alone is what a user says, and a stream asks for its counts", () => {
  assert.deepEqual(chatOf({ stream: true }), {
    model: "llama",
    messages: [{ role: "user", content: "hi" }],
    stream: true,
    stream_options: { include_usage: true },
  });
});

const ofUser = (...content: readonly object[]): object => ({ input: [{ role: "user", content }] });

for (const { members, param } of [
  { members: { mystery: 1 }, param: "mystery" },
  { members: { max_tool_calls: 1 }, param: "max_tool_calls" },
  { members: { truncation: "auto" }, param: "truncation" },
  { members: { background: true }, param: "background" },
  { members: { previous_response_id: "resp_1" }, param: "previous_response_id" },
  { members: { include: ["file_search_call.results"] }, param: "include[0]" },
  { members: { reasoning: { summary: "auto" } }, param: "reasoning.summary" },
  { members: { text: { format: { type: "grammar" } } }, param: "text.format.type" },
  { members: { text: { format: { type: "text", name: "n" } } }, param: "text.format.name" },
  { members: { tools: [{ type: "custom", name: "f" }] }, param: "tools[0].type" },
  {
    members: { tools: [{ type: "function", name: "f", defer_loading: true }] },
    param: "tools[0].defer_loading",
  },
  { members: { tool_choice: { type: "allowed_tools" } }, param: "tool_choice.type" },
  { members: { input: [{ type: "custom_tool_call" }] }, param: "input[0].type" },
  { members: { input: [{ role: "critic", content: "a" }] }, param: "input[0].role" },
  { members: { input: [{ type: "reasoning", summary: [{ text: "a" }] }] }, param: "input[0].summary" },
  {
    members: { input: [{ type: "reasoning", encrypted_content: "g" }] },
    param: "input[0].encrypted_content",
  },
  { members: ofUser({ type: "input_file", file_id: "f" }), param: "input[0].content[0].type" },
  { members: ofUser({ type: "input_image", file_id: "f" }), param: "input[0].content[0].file_id" },
  {
    members: ofUser({ type: "output_text", text: "a", annotations: [{}] }),
    param: "input[0].content[0].annotations",
  },
  {
    members: { input: [{ type: "function_call_output", call_id: "t", output: [{ type: "input_image" }] }] },
    param: "input[0].output[0].type",
  },
]) {
  test(`\`${JSON.stringify(members)}\` has no counterpart, and is named: ${param}`, () => {
    const request = translation.request(viewOf(members), "llama");
    assert.ok(!request.ok);
    assert.equal(request.error.param, param);
  });
}

function wholeOf(message: object, finish = "stop", members: object = {}): Record<string, unknown> {
  const choices = [{ index: 0, message, finish_reason: finish }];
  const head = { id: "chatcmpl-1", object: "chat.completion", model: "llama", created: 7 };
  const body = encodeUtf8(JSON.stringify({ ...head, choices, usage: chatUsage }));
  const whole = translation.answer(viewOf(members)).whole(body);
  assert.ok(whole.ok);
  return JSON.parse(decodeUtf8(whole.value) ?? "") as Record<string, unknown>;
}

test("a whole answer: thoughts, text and calls as items, and the counts", () => {
  const call = { id: "t-1", type: "function", function: { name: "weather", arguments: '{"place":"Köln"}' } };
  const message = { reasoning_content: "A map.", content: "I look.", tool_calls: [call] };
  assert.deepEqual(wholeOf(message, "tool_calls", { instructions: "Be brief." }), {
    id: "resp_chatcmpl-1",
    object: "response",
    created_at: 7,
    status: "completed",
    error: null,
    incomplete_details: null,
    model: "llama",
    output: [
      {
        id: "rs_chatcmpl-1",
        type: "reasoning",
        summary: [],
        status: "completed",
        content: [{ type: "reasoning_text", text: "A map." }],
      },
      {
        id: "msg_chatcmpl-1_1",
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "I look.", annotations: [], logprobs: [] }],
      },
      {
        id: "fc_chatcmpl-1_2",
        type: "function_call",
        status: "completed",
        call_id: "t-1",
        name: "weather",
        arguments: '{"place":"Köln"}',
      },
    ],
    instructions: "Be brief.",
    max_output_tokens: null,
    metadata: {},
    parallel_tool_calls: true,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: null,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: null,
    previous_response_id: null,
    truncation: "disabled",
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 6 },
      output_tokens: 4,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 14,
    },
  });
});

for (const { finish, status, reason } of [
  { finish: "stop", status: "completed", reason: null },
  { finish: "length", status: "incomplete", reason: "max_output_tokens" },
  { finish: "content_filter", status: "incomplete", reason: "content_filter" },
]) {
  test(`a chat that ended by \`${finish}\` is a response that is ${status}, and stays so in a stream`, () => {
    const told = wholeOf({ content: "a" }, finish);
    const details = reason === null ? null : { reason };
    assert.deepEqual([told["status"], told["incomplete_details"]], [status, details]);
    const chunks = chunksOf({ reasoning: [], text: ["a"], calls: [] });
    const cut = JSON.parse(JSON.stringify(chunks).replace('"stop"', `"${finish}"`)) as readonly object[];
    assert.equal(streamed(cut).at(-1)?.name, `response.${status}`);
  });
}

test("a refusal is a part of its own", () => {
  const [message] = wholeOf({ content: null, refusal: "No." })["output"] as readonly { content: unknown }[];
  assert.deepEqual(message?.content, [{ type: "refusal", refusal: "No." }]);
});

test("a streamed answer ends with the whole one, its events add up to it, and they come in their order", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const events = streamed(chunksOf(piece));
      const told = events.map(({ data }) => JSON.parse(data) as Told);
      assert.deepEqual(
        told.map(({ sequence_number: number }) => number),
        told.map((_, at) => at),
      );
      assert.deepEqual(
        events.map(({ name }) => name),
        told.map(({ type }) => type),
      );
      const whole = wholeOf(messageOf(piece));
      assert.deepEqual({ ...told.at(-1)?.response, created_at: 7 }, whole);
      assert.deepEqual(itemsIn(told), whole["output"]);
      assert.deepEqual(saidIn(told), saidOf(whole["output"] as readonly Item[]));
    }),
  );
});

interface Item {
  readonly content?: readonly { readonly text?: string }[];
  readonly arguments?: string;
}

interface Told {
  readonly type: string;
  readonly sequence_number: number;
  readonly output_index: number;
  readonly delta: string;
  readonly item: Item;
  readonly response: object;
}

function itemsIn(told: readonly Told[]): readonly Item[] {
  return told.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
}

/** By the position of the item. */
function saidIn(told: readonly Told[]): readonly string[] {
  const said: string[] = [];
  for (const { type, output_index: at, delta } of told) {
    if (type === "response.output_item.added") said.push("");
    if (type.endsWith(".delta")) said[at] += delta;
  }
  return said;
}

function saidOf(output: readonly Item[]): readonly string[] {
  return output.map(({ content, arguments: json }) => json ?? content?.[0]?.text ?? "");
}

function streamed(chunks: readonly object[]): readonly SseEvent[] {
  const answer = translation.answer(viewOf({ stream: true }));
  let text = "";
  for (const data of [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"]) {
    const told = answer.push({ name: "message", data });
    assert.ok(told.ok, JSON.stringify(told));
    text += told.value;
  }
  const end = answer.end();
  assert.ok(end.ok);
  const events = new SseParser(1 << 20).push(encodeUtf8(text + end.value));
  assert.ok(events.ok);
  return events.value;
}

test("what a response says goes back as the message that the chat said", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const { output } = wholeOf(messageOf(piece));
      const { messages } = chatOf({ input: output }) as { messages: readonly object[] };
      assert.deepEqual(messages, turnsOf(piece));
    }),
  );
});
