// Answers of Gemini's generateContent: what it says, as one body and as events that add up to it.
import type { Piece } from "./chat-chunks.ts";
import type { NamedEvent } from "./told-chats.ts";

const head = { modelVersion: "gemini-3-pro", responseId: "r-1" };
const usageMetadata = {
  promptTokenCount: 10,
  cachedContentTokenCount: 6,
  candidatesTokenCount: 1,
  thoughtsTokenCount: 3,
  totalTokenCount: 14,
};

export function geminiAnswerOf({ reasoning, text, calls }: Piece): object {
  const parts = [
    ...reasoning.map(thoughtPart),
    ...text.map((each) => ({ text: each })),
    ...calls.map(callPart),
  ];
  const candidate = { content: { role: "model", parts }, finishReason: "STOP", index: 0 };
  return { candidates: [candidate], usageMetadata, ...head };
}

/** The counts are totals that grow. */
export function geminiEventsOf({ reasoning, text, calls }: Piece): readonly NamedEvent[] {
  const parts = [
    ...reasoning.map(thoughtPart),
    ...text.map((each) => ({ text: each })),
    ...calls.map(callPart),
  ];
  const begun = { ...usageMetadata, candidatesTokenCount: 0, thoughtsTokenCount: 1 };
  const events = parts.map((part) => ({
    candidates: [{ content: { role: "model", parts: [part] }, index: 0 }],
    usageMetadata: begun,
    ...head,
  }));
  const last = { candidates: [{ content: { parts: [] }, finishReason: "STOP" }], usageMetadata, ...head };
  return [...events, last].map((body): NamedEvent => ["message", body]);
}

function thoughtPart(text: string): object {
  return { text, thought: true };
}

function callPart({ id, json }: Piece["calls"][number], index: number): object {
  const call = { functionCall: { id, name: "weather", args: JSON.parse(json.join("")) as unknown } };
  return index === 0 ? { ...call, thoughtSignature: "c2ln" } : call;
}
