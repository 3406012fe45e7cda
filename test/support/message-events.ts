// Answers of an engine of messages: what it says, as one body and as events that add up to it.
import type { Piece } from "./chat-chunks.ts";
import type { NamedEvent } from "./told-chats.ts";

const usage = { input_tokens: 4, cache_read_input_tokens: 6, output_tokens: 4 };
const head = { id: "msg_1", type: "message", role: "assistant", model: "claude" };

export function messageOfPiece({ reasoning, text, calls }: Piece): object {
  const content = [
    ...(reasoning.length > 0 ? [{ type: "thinking", thinking: reasoning.join(""), signature: "" }] : []),
    ...(text.length > 0 ? [{ type: "text", text: text.join("") }] : []),
    ...calls.map(({ id, json }) => ({
      type: "tool_use",
      id,
      name: "weather",
      input: JSON.parse(json.join("")) as unknown,
    })),
  ];
  return { ...head, content, ...stopOf(calls), usage };
}

/** Its end comes twice, and its counts once with less than was told. */
export function eventsOfMessage({ reasoning, text, calls }: Piece): readonly NamedEvent[] {
  const blocks: readonly (readonly [block: object, deltas: readonly object[]])[] = [
    ...(reasoning.length > 0
      ? [[{ type: "thinking", thinking: "", signature: "" }, reasoning.map(thinkingDelta)] as const]
      : []),
    ...(text.length > 0 ? [[{ type: "text", text: "" }, text.map(textDelta)] as const] : []),
    ...calls.map(
      ({ id, json }) => [{ type: "tool_use", id, name: "weather", input: {} }, json.map(jsonDelta)] as const,
    ),
  ];
  const events: readonly NamedEvent[] = [
    ["message_start", { message: { ...head, content: [], usage: { ...usage, output_tokens: 1 } } }],
    ["ping", {}],
    ...blocks.flatMap(([block, deltas], index): readonly NamedEvent[] => [
      ["content_block_start", { index, content_block: block }],
      ...deltas.map((delta): NamedEvent => ["content_block_delta", { index, delta }]),
      ["content_block_stop", { index }],
    ]),
    ["message_delta", { delta: stopOf(calls), usage }],
    ["message_delta", { delta: stopOf(calls), usage: { input_tokens: 0, output_tokens: 4 } }],
    ["message_stop", {}],
  ];
  return events.map(([name, members]) => [name, { type: name, ...members }]);
}

function stopOf(calls: Piece["calls"]): object {
  return { stop_reason: calls.length > 0 ? "tool_use" : "end_turn" };
}

function thinkingDelta(thinking: string): object {
  return { type: "thinking_delta", thinking };
}

function textDelta(text: string): object {
  return { type: "text_delta", text };
}

function jsonDelta(json: string): object {
  return { type: "input_json_delta", partial_json: json };
}
