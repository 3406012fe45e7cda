// Answers of an engine of chats: what it says, as one body and as chunks that add up to it.
import * as fc from "fast-check";

export const chatUsage = {
  prompt_tokens: 10,
  completion_tokens: 4,
  prompt_tokens_details: { cached_tokens: 6 },
};

/** Each in the pieces in which it comes. */
export interface Piece {
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  readonly calls: readonly { readonly id: string; readonly json: readonly string[] }[];
}

const texts = fc.array(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 4 });
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => cut(JSON.stringify({ value })));
const calls = fc.array(fc.record({ id: fc.stringMatching(/^t-[a-z]{1,4}$/), json }), { maxLength: 3 });
export const pieces: fc.Arbitrary<Piece> = fc.record({ reasoning: texts, text: texts, calls });

function cut(text: string): readonly string[] {
  return text.match(/[\s\S]{1,4}/gu) ?? [];
}

export function messageOf({ reasoning, text, calls }: Piece): object {
  return {
    reasoning: reasoning.join(""),
    content: text.join(""),
    tool_calls: calls.map(({ id, json }) => ({ id, function: { name: "f", arguments: json.join("") } })),
  };
}

export function chunksOf({ reasoning, text, calls }: Piece): readonly object[] {
  const deltas: object[] = [{ role: "assistant", content: "" }];
  deltas.push(...reasoning.map((each) => ({ reasoning: each })), ...text.map((content) => ({ content })));
  for (const [index, { id, json }] of calls.entries()) {
    deltas.push({ tool_calls: [{ index, id, function: { name: "f", arguments: "" } }] });
    deltas.push(...json.map((each) => ({ tool_calls: [{ index, function: { arguments: each } }] })));
  }
  return [
    ...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { choices: [], usage: chatUsage },
  ].map((chunk) => ({ id: "chatcmpl-1", object: "chat.completion.chunk", model: "llama", ...chunk }));
}

/** The turn that {@link messageOf} was, as a history repeats it with its text in parts; none where it said nothing. */
export function turnsOf({ reasoning, text, calls: called }: Piece): readonly object[] {
  if (reasoning.length + text.length + called.length === 0) return [];
  const toolCalls = called.map(({ id, json: cuts }) => ({
    id,
    type: "function",
    function: { name: "f", arguments: cuts.join("") },
  }));
  return [
    {
      role: "assistant",
      ...(reasoning.length > 0 ? { reasoning_content: reasoning.join("") } : {}),
      content: text.length > 0 ? [{ type: "text", text: text.join("") }] : null,
      ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    },
  ];
}
