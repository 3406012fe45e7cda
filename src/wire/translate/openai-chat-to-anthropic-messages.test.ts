import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pieces } from "../../../test/support/chat-chunks.ts";
import { eventsOfMessage, messageOfPiece } from "../../../test/support/message-events.ts";
import { answerTold, foldedChat, streamTold, viewOfChat } from "../../../test/support/told-chats.ts";
import { concatBytes, decodeUtf8 } from "../../base/index.ts";
import { openAiChatToAnthropicMessages as translation } from "./openai-chat-to-anthropic-messages.ts";

const hi = { role: "user", content: "hi" };

function translated(members: object): ReturnType<typeof translation.request> {
  return translation.request(viewOfChat({ messages: [hi], ...members }), "claude");
}

function messageOf(members: object): unknown {
  const request = translated(members);
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

function call(id: string, json: string): object {
  return { id, type: "function", function: { name: "weather", arguments: json } };
}

test("a whole request: turns, pictures, tools with their results, and how to answer", () => {
  const message = messageOf({
    max_completion_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    stop: "END",
    n: 1,
    logprobs: false,
    presence_penalty: 0,
    prompt_cache_key: "k",
    safety_identifier: "u-1",
    service_tier: "auto",
    reasoning_effort: "low",
    response_format: {
      type: "json_schema",
      json_schema: { name: "place", strict: true, schema: { type: "object" } },
    },
    tools: [
      {
        type: "function",
        function: { name: "weather", description: "of a place", parameters: { type: "object" } },
      },
      { type: "function", function: { name: "now" } },
    ],
    tool_choice: "required",
    parallel_tool_calls: false,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "developer", content: [{ type: "text", text: "Be kind." }] },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "auto" } },
        ],
      },
      {
        role: "assistant",
        content: "I look.",
        refusal: null,
        annotations: [],
        reasoning_content: "A map.",
        tool_calls: [call("t-1", '{"place":"Köln"}'), call("t-2", "")],
      },
      { role: "tool", tool_call_id: "t-1", content: "rain" },
      { role: "tool", tool_call_id: "t-2", content: [{ type: "text", text: "no place" }] },
      { role: "user", content: "So?" },
    ],
  });
  assert.deepEqual(message, {
    model: "claude",
    max_tokens: 100,
    system: [
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind." },
    ],
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
          { type: "text", text: "I look." },
          { type: "tool_use", id: "t-1", name: "weather", input: { place: "Köln" } },
          { type: "tool_use", id: "t-2", name: "weather", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t-1", content: "rain" },
          { type: "tool_result", tool_use_id: "t-2", content: [{ type: "text", text: "no place" }] },
          { type: "text", text: "So?" },
        ],
      },
    ],
    top_p: 0.9,
    temperature: 0.5,
    stop_sequences: ["END"],
    tools: [
      { name: "weather", description: "of a place", input_schema: { type: "object" } },
      { name: "now", input_schema: { type: "object", properties: {} } },
    ],
    tool_choice: { type: "any", disable_parallel_tool_use: true },
    metadata: { user_id: "u-1" },
    output_config: { effort: "low", format: { type: "json_schema", schema: { type: "object" } } },
  });
});

test("a chat that does not say how much may be written lets 4096 tokens be, and one that says so says it", () => {
  assert.deepEqual(messageOf({}), { model: "claude", max_tokens: 4096, messages: [hi] });
  assert.deepEqual(messageOf({ max_tokens: 9 }), { model: "claude", max_tokens: 9, messages: [hi] });
});

test("numbers too long for a double keep their digits in what a tool is given", () => {
  const body =
    '{"model":"a","messages":[{"role":"assistant","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\\"id\\":12345678901234567890}"}}]},{"role":"tool","tool_call_id":"t","content":"a"}]}';
  const request = translation.request(viewOfChat(body), "claude");
  assert.ok(request.ok);
  assert.match(decodeUtf8(concatBytes(request.value)) ?? "", /\{"id":12345678901234567890\}/);
});

for (const [choice, told] of [
  ["auto", { type: "auto" }],
  ["none", { type: "none" }],
  [
    { type: "function", function: { name: "f" } },
    { type: "tool", name: "f" },
  ],
] as const) {
  test(`a choice of tools, ${JSON.stringify(choice)}, is ${JSON.stringify(told)}`, () => {
    const tools = [{ type: "function", function: { name: "f" } }];
    const { tool_choice: chosen } = messageOf({ tools, tool_choice: choice }) as Record<string, unknown>;
    assert.deepEqual(chosen, told);
  });
}

test("that one tool at a time may be called is said where one may be", () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  const chosen = (members: object): unknown =>
    (messageOf({ tools, parallel_tool_calls: false, ...members }) as Record<string, unknown>)["tool_choice"];
  assert.deepEqual(chosen({}), { type: "auto", disable_parallel_tool_use: true });
  assert.deepEqual(chosen({ tool_choice: "none" }), { type: "none" });
});

const saidBy = (role: string, ...content: readonly object[]): object => ({
  messages: [hi, { role, content }, hi],
});
const calling = (toolCall: object): object => ({
  messages: [hi, { role: "assistant", tool_calls: [toolCall] }, hi],
});

for (const { members, param } of [
  { members: { mystery: 1 }, param: "mystery" },
  { members: { n: 2 }, param: "n" },
  { members: { logprobs: true }, param: "logprobs" },
  { members: { seed: 1 }, param: "seed" },
  { members: { presence_penalty: 0.5 }, param: "presence_penalty" },
  { members: { metadata: { team: "b" } }, param: "metadata" },
  { members: { temperature: 1.5 }, param: "temperature" },
  { members: { verbosity: "low" }, param: "verbosity" },
  { members: { reasoning_effort: "minimal" }, param: "reasoning_effort" },
  { members: { service_tier: "flex" }, param: "service_tier" },
  { members: { user: "a", safety_identifier: "b" }, param: "safety_identifier" },
  {
    members: { stream_options: { include_obfuscation: true } },
    param: "stream_options.include_obfuscation",
  },
  { members: { response_format: { type: "json_object" } }, param: "response_format.type" },
  {
    members: { response_format: { type: "json_schema", json_schema: { description: "d", schema: {} } } },
    param: "response_format.json_schema.description",
  },
  { members: { tools: [{ type: "custom", custom: { name: "f" } }] }, param: "tools[0].type" },
  { members: { tool_choice: "required" }, param: "tool_choice" },
  { members: { tools: [], tool_choice: { type: "allowed_tools" } }, param: "tool_choice.type" },
  { members: { functions: [] }, param: "functions" },
  { members: { messages: [{ role: "system", content: "a" }] }, param: "messages" },
  { members: { messages: [hi, { role: "system", content: "a" }, hi] }, param: "messages[1].role" },
  { members: { messages: [hi, { role: "assistant", content: "I" }] }, param: "messages[1]" },
  { members: { messages: [{ ...hi, name: "Ada" }] }, param: "messages[0].name" },
  { members: saidBy("user", { type: "input_audio" }), param: "messages[1].content[0].type" },
  {
    members: saidBy("user", { type: "image_url", image_url: { url: "data:image/png,A" } }),
    param: "messages[1].content[0].image_url.url",
  },
  {
    members: saidBy("user", {
      type: "image_url",
      image_url: { url: "data:image/png;base64,A", detail: "low" },
    }),
    param: "messages[1].content[0].image_url.detail",
  },
  { members: calling({ id: "t", type: "custom" }), param: "messages[1].tool_calls[0].type" },
  { members: calling(call("t", "{")), param: "messages[1].tool_calls[0].function.arguments" },
]) {
  test(`\`${JSON.stringify(members)}\` has no counterpart, and is named: ${param}`, () => {
    const request = translated(members);
    assert.ok(!request.ok);
    assert.equal(request.error.param, param);
    assert.ok(request.error.message.includes(`\`${param}\``));
  });
}

const usage = { input_tokens: 4, cache_read_input_tokens: 6, output_tokens: 4 };

function wholeOf(content: readonly object[], more: object = {}): unknown {
  const head = { id: "msg_1", type: "message", role: "assistant", model: "claude", stop_reason: "end_turn" };
  return answerTold(translation, { ...head, content, usage, ...more });
}

test("a whole answer: thinking, text, calls, and counts with what was cached", () => {
  const content = [
    { type: "thinking", thinking: "A map.", signature: "EqQB" },
    { type: "redacted_thinking", data: "x" },
    { type: "text", text: "I " },
    { type: "text", text: "look." },
    { type: "tool_use", id: "t-1", name: "weather", input: { place: "Köln" } },
    { type: "tool_use", id: "t-2", name: "weather", input: {} },
  ];
  const message = {
    role: "assistant",
    content: "I look.",
    refusal: null,
    reasoning_content: "A map.",
    tool_calls: [call("t-1", '{"place":"Köln"}'), call("t-2", "{}")],
  };
  assert.deepEqual(wholeOf(content, { stop_reason: "tool_use" }), {
    id: "msg_1",
    object: "chat.completion",
    created: 0,
    model: "claude",
    choices: [{ index: 0, message, logprobs: null, finish_reason: "tool_calls" }],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 4,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 6 },
    },
  });
});

for (const [reason, finish] of [
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
]) {
  test(`a message that ended by ${reason} is a chat that ended by ${finish}`, () => {
    const { choices } = wholeOf([], { stop_reason: reason }) as { choices: { finish_reason: string }[] };
    assert.equal(choices[0]?.finish_reason, finish);
  });
}

for (const { title, content = [], more = {} } of [
  { title: "a turn that waits for a tool of the provider's", more: { stop_reason: "pause_turn" } },
  { title: "an end that nobody knows", more: { stop_reason: "tired" } },
  {
    title: "a search of the provider's",
    content: [{ type: "server_tool_use", id: "s", name: "web_search" }],
  },
  { title: "a call without an id", content: [{ type: "tool_use", name: "f", input: {} }] },
]) {
  test(`${title} cannot be told as a chat`, () => {
    assert.equal(wholeOf(content, more), "garbage");
  });
}

test("a streamed answer adds up to the whole one, however it was cut", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const chunks = streamTold(translation, eventsOfMessage(piece), { include_usage: true });
      assert.deepEqual(foldedChat(chunks), answerTold(translation, messageOfPiece(piece)));
    }),
  );
});

test("a stream's role comes first, its end before its counts, and its counts only to who asks", () => {
  const piece = { reasoning: [], text: ["a"], calls: [] };
  const kinds = (options: object): unknown =>
    streamTold(translation, eventsOfMessage(piece), options).map((data) => {
      if (data === "[DONE]") return data;
      const { choices, usage: counts } = JSON.parse(data) as {
        choices: { delta: object; finish_reason: string | null }[];
        usage?: object;
      };
      const [choice] = choices;
      return choice === undefined ? counts : { ...choice.delta, end: choice.finish_reason };
    });
  const told = [{ role: "assistant", content: "", end: null }, { content: "a", end: null }, { end: "stop" }];
  const counts = {
    prompt_tokens: 10,
    completion_tokens: 4,
    total_tokens: 14,
    prompt_tokens_details: { cached_tokens: 6 },
  };
  assert.deepEqual(kinds({}), [...told, "[DONE]"]);
  assert.deepEqual(kinds({ include_usage: true }), [...told, counts, "[DONE]"]);
});

function pushedAll(...events: readonly (readonly [name: string, body: object])[]): unknown {
  const answer = translation.answer(viewOfChat({ messages: [hi], stream: true }));
  const faults = events.flatMap(([name, body]) => {
    const told = answer.push({ name, data: JSON.stringify({ type: name, ...body }) });
    return told.ok ? [] : [told.error];
  });
  return faults[0] ?? answer.end();
}

const start = ["message_start", { message: { usage } }] as const;

for (const { title, events, fault } of [
  { title: "an error", events: [start, ["error", { error: { type: "overloaded_error" } }]], fault: "error" },
  { title: "a text without its message", events: [["content_block_start", { index: 0 }]], fault: "garbage" },
  {
    title: "a piece of a block that is not open",
    events: [start, ["content_block_delta", { index: 0, delta: { type: "text_delta", text: "a" } }]],
    fault: "garbage",
  },
  {
    title: "a kind of block that nobody knows",
    events: [start, ["content_block_start", { index: 0, content_block: { type: "song" } }]],
    fault: "garbage",
  },
  { title: "a cut", events: [start], fault: { ok: false, error: "broken" } },
] as const) {
  test(`${title} in a stream is told as such, and no end is made up`, () => {
    assert.deepEqual(pushedAll(...events), fault);
  });
}

test("a ping says nothing, wherever it comes, nor does a kind of event that nobody knows yet", () => {
  const end = ["message_delta", { delta: { stop_reason: "end_turn" } }] as const;
  const plain = pushedAll(start, end);
  assert.deepEqual(pushedAll(["ping", {}], start, ["ping", {}], ["news", {}], end), plain);
});
