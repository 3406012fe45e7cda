// platform.claude.com/docs/en/api/messages, /streaming and /errors; the fields of `usage` as the SDK's types have them.
import assert from "node:assert/strict";
import { type ProviderShapes, secretKey } from "./provider-shapes.ts";

const errorTypes: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

const requestId = "req_011CSHoEeqs5C35K2UUqR7Fy";

export const anthropicShapes: ProviderShapes = {
  engine: "anthropic",
  key: secretKey,
  endpoint: "provider: anthropic, region: us, support: US",
  elsewhereEndpoint: "url: http://127.0.0.1:1, operator: pacific-cloud, place: CA",
  model: "claude-opus-5-5",
  operation: "messages",
  members: '"max_tokens":64,"messages":[{"role":"user","content":"Which law governs the act?"}]',
  tools: ',"tools":[{"name":"look_up","input_schema":{"type":"object"}}]',
  headers: `request-id: ${requestId}\r\nanthropic-organization-id: 7c1d3a52\r\n`,
  whole: messageWith([{ type: "text", text: "The law of the place." }], "end_turn", "us"),
  called: messageWith(
    [{ type: "tool_use", id: "toolu_1", name: "look_up", input: { act: 12345678901 } }],
    "tool_use",
    "us",
  ),
  elsewhere: messageWith([{ type: "text", text: "from elsewhere" }], "end_turn", "us"),
  events: messageEvents("us").map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
  eventType: "text/event-stream; charset=utf-8",
  refusedKey: { status: 401, body: errorBody("authentication_error", "invalid x-api-key") },
  errorOf: (status) => errorBody(errorTypes.get(status) ?? "api_error", "Something went wrong"),
  requireDocumented(request) {
    const [head = "", body = ""] = request.split("\r\n\r\n");
    assert.match(head, /^POST \/v1\/messages HTTP\/1\.1\r\n/);
    assert.ok(head.includes(`\r\nx-api-key: ${secretKey}\r\n`));
    assert.match(head, /\r\nanthropic-version: 2023-06-01\r\n/);
    assert.doesNotMatch(head, /\r\nauthorization:/i);
    const members = JSON.parse(body) as Readonly<Record<string, unknown>>;
    assert.ok(["us", "global"].includes(String(members["inference_geo"])));
    assert.equal(members["model"], "claude-opus-5-5");
  },
};

interface MessageEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Bedrock's say nothing of a geography. */
export function messageEvents(geo: string | undefined): readonly MessageEvent[] {
  const message = { ...messageHead(geo), content: [], stop_reason: null, stop_sequence: null };
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "The law" } },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 9 },
    },
    { type: "message_stop" },
  ];
}

function messageHead(geo: string | undefined): object {
  const usage = {
    input_tokens: 25,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 4,
    output_tokens: 1,
    ...(geo !== undefined && { inference_geo: geo }),
  };
  return {
    id: "msg_01XFDUDYJgAACzvnptvVoYEL",
    type: "message",
    role: "assistant",
    model: "claude-opus-5-5",
    usage,
  };
}

export function messageWith(
  content: readonly object[],
  stopReason: string,
  geo?: string,
): { readonly body: string } {
  const stop = { stop_reason: stopReason, stop_sequence: null };
  return { body: JSON.stringify({ ...messageHead(geo), content, ...stop }) };
}

function errorBody(type: string, message: string): string {
  return JSON.stringify({ type: "error", error: { type, message }, request_id: requestId });
}
