// developers.openai.com/api/reference: chat completions, their chunks and errors; headers as `openai-node` reads them.
import assert from "node:assert/strict";
import { type ProviderShapes, secretKey } from "./provider-shapes.ts";

const types: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [403, "permission_error"],
  [429, "rate_limit_error"],
  [500, "server_error"],
  [503, "server_error"],
]);

const model = "gpt-5.2-2025-12-11";
const usage = {
  prompt_tokens: 9,
  completion_tokens: 4,
  total_tokens: 13,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
};
const whole = completionOf({ role: "assistant", content: "The law of the place.", refusal: null }, "stop");
const look = { id: "call_1", type: "function", function: { name: "look_up", arguments: '{"act":1}' } };

export const openAiShapes: ProviderShapes = {
  engine: "openai",
  key: secretKey,
  endpoint: "provider: openai, region: us, support: US",
  elsewhereEndpoint: null,
  model,
  operation: "chat_completions",
  members: '"messages":[{"role":"user","content":"Which law governs the act?"}]',
  tools: ',"tools":[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}]',
  headers: "x-request-id: req_5a3c1e6f6b1d4d8e9c5f0a1b2c3d4e5f\r\nopenai-version: 2020-10-01\r\n",
  whole,
  called: completionOf({ role: "assistant", content: null, refusal: null, tool_calls: [look] }, "tool_calls"),
  elsewhere: whole,
  events: [
    event({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] }),
    event({ choices: [{ index: 0, delta: { content: "The law" }, finish_reason: null }] }),
    event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
    event({ choices: [], usage }),
    "data: [DONE]\n\n",
  ],
  eventType: "text/event-stream; charset=utf-8",
  refusedKey: { status: 401, body: errorBody("invalid_request_error", "invalid_api_key") },
  errorOf: (status) => errorBody(types.get(status) ?? "invalid_request_error", null),
  requireDocumented(request) {
    const [head = "", body = ""] = request.split("\r\n\r\n");
    assert.match(head, /^POST \/v1\/chat\/completions HTTP\/1\.1\r\n/);
    assert.ok(head.includes(`\r\nauthorization: Bearer ${secretKey}\r\n`));
    const members = JSON.parse(body) as Readonly<Record<string, unknown>>;
    assert.equal(members["model"], model);
    assert.equal(members["store"], false);
  },
};

function completionOf(message: object, reason: string): { readonly body: string } {
  const choices = [{ index: 0, message, logprobs: null, finish_reason: reason }];
  const named = { id: "chatcmpl-1", object: "chat.completion", created: 1764547200, model };
  return { body: JSON.stringify({ ...named, choices, usage, service_tier: "default" }) };
}

function event(members: object): string {
  const named = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1764547200, model };
  return `data: ${JSON.stringify({ ...named, ...members })}\n\n`;
}

function errorBody(type: string, code: string | null): string {
  return JSON.stringify({ error: { message: "Something went wrong", type, param: null, code } });
}
