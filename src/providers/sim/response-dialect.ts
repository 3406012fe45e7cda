// Responses in OpenAI's dialect, whole and in events, as vLLM's server writes them. Nothing is kept of any.
import { formatSseEvent } from "../../wire/index.ts";
import { chatDialect } from "./chat-dialect.ts";
import type { Completion, Members, SimulatedDialect, SimulatedEvent } from "./dialect.ts";
import { renderPrompt, type Tokens } from "./tokens.ts";

export const responseDialect: SimulatedDialect = {
  ...chatDialect,
  operation: "responses",
  idPrefix: "resp_",
  prompt: promptOf,
  maxTokens: ({ max_output_tokens: value }) => ({ name: "max_output_tokens", value }),
  stop: () => ({ name: "stop", value: null }),
  whole: (completion) => JSON.stringify(responseOf(completion, [messageOf(completion)])),
  events: responseEvents,
  closing: "",
};

function promptOf({ instructions, input, tools }: Members): Tokens {
  const first = typeof instructions === "string" ? [{ role: "system", content: instructions }] : [];
  const items: readonly unknown[] = Array.isArray(input) ? input : [{ role: "user", content: input }];
  return renderPrompt([...first, ...items], tools);
}

function* responseEvents(completion: Completion): Generator<SimulatedEvent, void> {
  let count = 0;
  const event = (type: string, members: object, isToken = false): SimulatedEvent => ({
    text: formatSseEvent(type, JSON.stringify({ type, sequence_number: count++, ...members })),
    isToken,
  });
  const begun = { ...responseOf(completion, []), status: "in_progress", usage: null };
  const message = messageOf(completion);
  const [part] = message.content;
  const at = { item_id: message.id, output_index: 0, content_index: 0 };
  yield event("response.created", { response: begun });
  yield event("response.in_progress", { response: begun });
  yield event("response.output_item.added", {
    output_index: 0,
    item: { ...message, status: "in_progress", content: [] },
  });
  yield event("response.content_part.added", { ...at, part: { ...part, text: "" } });
  for (const delta of completion.answer.tokens)
    yield event("response.output_text.delta", { ...at, delta, logprobs: [] }, true);
  yield event("response.output_text.done", { ...at, text: part?.text, logprobs: [] });
  yield event("response.content_part.done", { ...at, part });
  yield event("response.output_item.done", { output_index: 0, item: message });
  const response = responseOf(completion, [message]);
  yield event(`response.${response.status}`, { response });
}

interface SimulatedResponse {
  readonly status: string;
  readonly output: readonly object[];
  readonly usage: object;
}

interface OutputMessage {
  readonly id: string;
  readonly content: readonly { readonly text: string }[];
}

function messageOf({ id, answer }: Completion): OutputMessage {
  const text = { type: "output_text", text: answer.tokens.join(""), annotations: [], logprobs: [] };
  const head = { type: "message", role: "assistant", status: "completed" };
  return { id: `msg_${id}`, ...head, content: [text] };
}

function responseOf(completion: Completion, output: readonly object[]): SimulatedResponse {
  const { id, model, createdS, prompt, cachedTokens, answer } = completion;
  const isCut = answer.finishReason === "length";
  const usage = {
    input_tokens: prompt.length,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: answer.tokens.length,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: prompt.length + answer.tokens.length,
  };
  const head = { id, object: "response", created_at: createdS, model, error: null, store: false };
  const details = { incomplete_details: isCut ? { reason: "max_output_tokens" } : null };
  return { ...head, ...details, status: isCut ? "incomplete" : "completed", output, usage };
}
