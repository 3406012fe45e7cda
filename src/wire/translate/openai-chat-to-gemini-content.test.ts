import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pieces } from "../../../test/support/chat-chunks.ts";
import { geminiAnswerOf, geminiEventsOf } from "../../../test/support/gemini-events.ts";
import { answerTold, foldedChat, streamTold, viewOfChat } from "../../../test/support/told-chats.ts";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { readEngineError } from "../engine-error.ts";
import { openAiChatToGeminiContent as translation } from "./openai-chat-to-gemini-content.ts";

const hi = { role: "user", content: "hi" };

function translated(members: object): ReturnType<typeof translation.request> {
  return translation.request(viewOfChat({ messages: [hi], ...members }), "gemini");
}

function geminiOf(members: object): unknown {
  const request = translated(members);
  assert.ok(request.ok, JSON.stringify(request));
  return JSON.parse(decodeUtf8(concatBytes(request.value)) ?? "");
}

function call(id: string, json: string): object {
  return { id, type: "function", function: { name: "weather", arguments: json } };
}

const signed = { extra_content: { google: { thought_signature: "c2ln" } } };

test("a whole request: turns, pictures, tools with their results, and how to answer", () => {
  const schema = { type: "object" };
  const gemini = geminiOf({
    max_completion_tokens: 100,
    temperature: 1.5,
    top_p: 0.9,
    top_k: 40,
    stop: "END",
    seed: 7,
    presence_penalty: 0.5,
    frequency_penalty: 0,
    stream: true,
    reasoning_effort: "low",
    service_tier: "default",
    response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } },
    tools: [
      { type: "function", function: { name: "weather", description: "of a place", parameters: schema } },
    ],
    tool_choice: { type: "function", function: { name: "weather" } },
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      {
        role: "assistant",
        content: "I look.",
        tool_calls: [{ ...call("t-1", '{"place":"Köln"}'), ...signed }, call("t-2", "")],
      },
      { role: "tool", tool_call_id: "t-1", content: "rain" },
      { role: "tool", tool_call_id: "t-2", content: [{ type: "text", text: "no place" }] },
    ],
  });
  assert.deepEqual(gemini, {
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [
      {
        role: "user",
        parts: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }],
      },
      {
        role: "model",
        parts: [
          { text: "I look." },
          { functionCall: { id: "t-1", name: "weather", args: { place: "Köln" } }, thoughtSignature: "c2ln" },
          { functionCall: { id: "t-2", name: "weather", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "t-1", name: "weather", response: { output: "rain" } } },
          { functionResponse: { id: "t-2", name: "weather", response: { output: "no place" } } },
        ],
      },
    ],
    tools: [
      {
        functionDeclarations: [{ name: "weather", description: "of a place", parametersJsonSchema: schema }],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather"] } },
    generationConfig: {
      maxOutputTokens: 100,
      temperature: 1.5,
      topP: 0.9,
      topK: 40,
      stopSequences: ["END"],
      seed: 7,
      presencePenalty: 0.5,
      thinkingConfig: { thinkingLevel: "LOW" },
      responseMimeType: "application/json",
      responseJsonSchema: schema,
    },
  });
});

test("a chat that says nothing of how to answer leaves that to the model", () => {
  assert.deepEqual(geminiOf({}), { contents: [{ role: "user", parts: [{ text: "hi" }] }] });
});

test("a call that another model made stands unsigned, the first of a turn by the word for it", () => {
  const calls = [call("t-1", "{}"), call("t-2", "{}")];
  const { contents } = geminiOf({ messages: [hi, { role: "assistant", tool_calls: calls }, hi] }) as {
    contents: { parts: { thoughtSignature?: string }[] }[];
  };
  assert.deepEqual(
    contents[1]?.parts.map((part) => part.thoughtSignature),
    ["skip_thought_signature_validator", undefined],
  );
});

const toolOf = (strict: boolean): object => ({
  tools: [{ type: "function", function: { name: "f", strict } }],
});

for (const { members, mode } of [
  { members: toolOf(false), mode: undefined },
  { members: toolOf(true), mode: "VALIDATED" },
  { members: { ...toolOf(false), tool_choice: "auto" }, mode: "AUTO" },
  { members: { ...toolOf(true), tool_choice: "required" }, mode: "ANY" },
  { members: { ...toolOf(true), tool_choice: "none" }, mode: "NONE" },
]) {
  test(`${JSON.stringify(members)} lets tools be called in the mode ${mode}`, () => {
    const { toolConfig } = geminiOf(members) as { toolConfig?: { functionCallingConfig: { mode: string } } };
    assert.equal(toolConfig?.functionCallingConfig.mode, mode);
  });
}

test("JSON without a schema, and no thinking, have words too", () => {
  const { generationConfig } = geminiOf({
    response_format: { type: "json_object" },
    reasoning_effort: "none",
  }) as {
    generationConfig: object;
  };
  const thinkingConfig = { thinkingBudget: 0 };
  assert.deepEqual(generationConfig, { responseMimeType: "application/json", thinkingConfig });
});

for (const { members, param } of [
  { members: { mystery: 1 }, param: "mystery" },
  { members: { n: 2 }, param: "n" },
  { members: { logprobs: true }, param: "logprobs" },
  { members: { user: "a" }, param: "user" },
  { members: { reasoning_effort: "xhigh" }, param: "reasoning_effort" },
  { members: { service_tier: "flex" }, param: "service_tier" },
  { members: { ...toolOf(false), parallel_tool_calls: false }, param: "parallel_tool_calls" },
  {
    members: { messages: [hi, { role: "tool", tool_call_id: "t", content: "a" }] },
    param: "messages[1].tool_call_id",
  },
  {
    members: {
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example" } }] }],
    },
    param: "messages[0].content[0].image_url.url",
  },
]) {
  test(`\`${JSON.stringify(members)}\` has no counterpart, and is named: ${param}`, () => {
    const request = translated(members);
    assert.ok(!request.ok);
    assert.equal(request.error.param, param);
    assert.ok(request.error.message.includes(`\`${param}\``));
  });
}

test("a whole answer: thinking, text, calls with their signature, and counts with thoughts and what was cached", () => {
  const piece = {
    reasoning: ["A map."],
    text: ["I look."],
    calls: [{ id: "t-1", json: ['{"place":"Köln"}'] }],
  };
  const message = {
    role: "assistant",
    content: "I look.",
    refusal: null,
    reasoning_content: "A map.",
    tool_calls: [{ ...call("t-1", '{"place":"Köln"}'), ...signed }],
  };
  assert.deepEqual(answerTold(translation, geminiAnswerOf(piece)), {
    id: "r-1",
    object: "chat.completion",
    created: 0,
    model: "gemini-3-pro",
    choices: [{ index: 0, message, logprobs: null, finish_reason: "tool_calls" }],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 4,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 6 },
    },
  });
});

function endedBy(finishReason: string | undefined, parts: readonly object[] = []): unknown {
  const told = answerTold(translation, {
    candidates: [{ content: { parts }, finishReason }],
    responseId: "r-1",
  });
  return typeof told === "string" ? told : (told as { choices: unknown[] }).choices[0];
}

for (const [reason, finish] of [
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "content_filter"],
  ["RECITATION", "content_filter"],
  ["BLOCKLIST", "content_filter"],
  ["PROHIBITED_CONTENT", "content_filter"],
  ["SPII", "content_filter"],
]) {
  test(`an answer of Gemini that ended by ${reason} is a chat that ended by ${finish}`, () => {
    assert.equal((endedBy(reason) as { finish_reason: string }).finish_reason, finish);
  });
}

for (const [reason, fault] of [
  ["OTHER", "error"],
  ["MALFORMED_FUNCTION_CALL", "error"],
  ["UNEXPECTED_TOOL_CALL", "error"],
  ["TIRED", "garbage"],
  [undefined, "garbage"],
] as const) {
  test(`an answer of Gemini that ended by ${reason} is none: ${fault}`, () => {
    assert.equal(endedBy(reason), fault);
  });
}

test("a part that a chat has no form for is none of an answer", () => {
  assert.equal(endedBy("STOP", [{ executableCode: { code: "1" } }]), "garbage");
});

test("a call without an id is given one that is its answer's own", () => {
  const told = endedBy("STOP", [{ functionCall: { name: "f" } }]) as {
    message: { tool_calls: { id: string; function: { arguments: string } }[] };
  };
  assert.deepEqual(
    told.message.tool_calls.map(({ id, function: { arguments: json } }) => [id, json]),
    [["call_r-1_0", "{}"]],
  );
});

test("a prompt that Gemini blocks is refused as the caller's, by a code that clients of chats know", () => {
  const answer = translation.answer(viewOfChat({ messages: [hi] }));
  const body = {
    promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
    usageMetadata: { promptTokenCount: 1 },
  };
  assert.deepEqual(answer.whole(encodeUtf8(JSON.stringify(body))), { ok: false, error: "error" });
  const { status, code, message } = readEngineError(answer.facts.body);
  assert.deepEqual([status, code], [400, "content_filter"]);
  assert.match(message ?? "", /refused the prompt: PROHIBITED_CONTENT/);
});

test("an error in a stream of Gemini is one", () => {
  const answer = translation.answer(viewOfChat({ messages: [hi], stream: true }));
  const error = { code: 429, status: "RESOURCE_EXHAUSTED", message: "no" };
  assert.deepEqual(answer.push({ name: "message", data: JSON.stringify({ error }) }), {
    ok: false,
    error: "error",
  });
  assert.equal(readEngineError(answer.facts.body).status, 429);
  assert.deepEqual(answer.end(), { ok: false, error: "broken" });
});

test("a streamed answer of Gemini adds up to the whole one, however it was cut", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const chunks = streamTold(translation, geminiEventsOf(piece), { include_usage: true });
      assert.deepEqual(foldedChat(chunks), answerTold(translation, geminiAnswerOf(piece)));
    }),
  );
});

test("what Gemini's call says goes back as it said it, signature and all", () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      if (piece.calls.length === 0) return;
      const ids = new Set(piece.calls.map(({ id }) => id));
      if (ids.size < piece.calls.length) return;
      const whole = geminiAnswerOf({ ...piece, reasoning: [] });
      const { choices } = answerTold(translation, whole) as { choices: { message: object }[] };
      const { contents } = geminiOf({ messages: [hi, choices[0]?.message, hi] }) as { contents: unknown[] };
      const [candidate] = (whole as { candidates: { content: { parts: { text?: string }[] } }[] }).candidates;
      const text = piece.text.join("");
      const calls = candidate?.content.parts.filter((part) => part.text === undefined) ?? [];
      assert.deepEqual(contents[1], { role: "model", parts: [...(text === "" ? [] : [{ text }]), ...calls] });
    }),
  );
});
