// Answers of Cohere's `/v2/chat`: what it says, as one body and as events that add up to it (docs.cohere.com/docs/streaming).
import type { Piece } from "./chat-chunks.ts";
import type { NamedEvent } from "./told-chats.ts";

const id = "fba98ad3-e5a1-413c-a8de-84fbf9baabf7";
const usage = {
  billed_units: { input_tokens: 4, output_tokens: 2 },
  tokens: { input_tokens: 10, output_tokens: 3 },
  cached_tokens: 6,
};

export function cohereAnswerOf({ reasoning, text, calls }: Piece): object {
  const thoughts = reasoning.map((thinking) => ({ type: "thinking", thinking }));
  const content = [...thoughts, ...text.map((each) => ({ type: "text", text: each }))];
  const called = calls.map(({ id: call, json }) => toolCall(call, json.join("")));
  return {
    id,
    finish_reason: calls.length > 0 ? "TOOL_CALL" : "COMPLETE",
    message: {
      role: "assistant",
      ...(content.length > 0 && { content }),
      ...(called.length > 0 && { tool_calls: called }),
    },
    usage,
  };
}

export function cohereEventsOf({ reasoning, text, calls }: Piece): readonly NamedEvent[] {
  const begun = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  return [
    event("message-start", { id, delta: { message: begun } }),
    ...blockEvents("thinking", reasoning),
    ...blockEvents("text", text),
    ...calls.flatMap(callEvents),
    event("message-end", {
      delta: { finish_reason: calls.length > 0 ? "TOOL_CALL" : "COMPLETE", usage },
    }),
  ];
}

function blockEvents(kind: "thinking" | "text", pieces: readonly string[]): readonly NamedEvent[] {
  if (pieces.length === 0) return [];
  const at = { index: kind === "thinking" ? 0 : 1 };
  return [
    event("content-start", { ...at, delta: { message: { content: { type: kind, [kind]: "" } } } }),
    ...pieces.map((piece) =>
      event("content-delta", { ...at, delta: { message: { content: { [kind]: piece } } } }),
    ),
    event("content-end", at),
  ];
}

function callEvents({ id: call, json }: Piece["calls"][number], index: number): readonly NamedEvent[] {
  return [
    event("tool-call-start", { index, delta: { message: { tool_calls: toolCall(call, "") } } }),
    ...json.map((piece) =>
      event("tool-call-delta", {
        index,
        delta: { message: { tool_calls: { function: { arguments: piece } } } },
      }),
    ),
    event("tool-call-end", { index }),
  ];
}

function event(type: string, members: object): NamedEvent {
  return [type, { type, ...members }];
}

function toolCall(call: string, json: string): object {
  return { id: call, type: "function", function: { name: "weather", arguments: json } };
}
