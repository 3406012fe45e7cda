// Answers of Bedrock's Converse: what it says, as one body and as events that add up to it.
import type { Piece } from "./chat-chunks.ts";
import type { NamedEvent } from "./told-chats.ts";

const usage = {
  inputTokens: 3,
  outputTokens: 4,
  totalTokens: 14,
  cacheReadInputTokens: 6,
  cacheWriteInputTokens: 1,
};

export function converseAnswerOf({ reasoning, text, calls }: Piece): object {
  const thought = { reasoningText: { text: reasoning.join(""), signature: "EqQB" } };
  const content = [
    ...(reasoning.length > 0 ? [{ reasoningContent: thought }] : []),
    ...(text.length > 0 ? [{ text: text.join("") }] : []),
    ...calls.map(({ id, json }) => ({
      toolUse: { toolUseId: id, name: "weather", input: JSON.parse(json.join("")) as unknown },
    })),
  ];
  const output = { message: { role: "assistant", content } };
  return { output, stopReason: stopOf(calls), usage, metrics: { latencyMs: 1 } };
}

/** A text's block has no start, and what pads a frame is no part of it. */
export function converseEventsOf({ reasoning, text, calls }: Piece): readonly NamedEvent[] {
  const blocks: readonly (readonly [start: object | null, deltas: readonly object[]])[] = [
    ...(reasoning.length > 0
      ? [[null, [...reasoning.map((each) => ({ reasoningContent: { text: each } })), signature]] as const]
      : []),
    ...(text.length > 0 ? [[null, text.map((each) => ({ text: each }))] as const] : []),
    ...calls.map(
      ({ id, json }) =>
        [
          { toolUse: { toolUseId: id, name: "weather" } },
          json.map((input) => ({ toolUse: { input } })),
        ] as const,
    ),
  ];
  return [
    ["messageStart", { role: "assistant", p: "abc" }],
    ...blocks.flatMap(([start, deltas], contentBlockIndex): readonly NamedEvent[] => [
      ...(start === null ? [] : [["contentBlockStart", { contentBlockIndex, start }] as const]),
      ...deltas.map((delta): NamedEvent => ["contentBlockDelta", { contentBlockIndex, delta, p: "ab" }]),
      ["contentBlockStop", { contentBlockIndex }],
    ]),
    ["messageStop", { stopReason: stopOf(calls) }],
    ["metadata", { usage, metrics: { latencyMs: 1 } }],
  ];
}

const signature = { reasoningContent: { signature: "EqQB" } };

function stopOf(calls: Piece["calls"]): string {
  return calls.length > 0 ? "tool_use" : "end_turn";
}
