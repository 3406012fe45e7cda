// Messages in Anthropic's dialect, whole and in events, as vLLM's server writes them.
import { formatSseEvent } from "../../wire/index.ts";
import type { Completion, Members, SimulatedDialect, SimulatedEvent } from "./dialect.ts";
import { renderPrompt, type Tokens } from "./tokens.ts";
import { internalError, type VllmError } from "./vllm-error.ts";

export const messageDialect: SimulatedDialect = {
  operation: "messages",
  idPrefix: "msg_",
  prompt: promptOf,
  maxTokens: ({ max_tokens: value }) => ({ name: "max_tokens", value }),
  stop: ({ stop_sequences: value }) => ({ name: "stop_sequences", value }),
  whole: formatMessage,
  events: messageEvents,
  closing: eventOf("message_stop", {}).text,
  formatError,
  formatErrorEvent: (error) => formatSseEvent("error", formatError(error)),
};

export function formatTokenCount(members: Members): string {
  return JSON.stringify({ input_tokens: promptOf(members).length });
}

function promptOf({ system, messages, tools }: Members): Tokens {
  const turns: readonly unknown[] = Array.isArray(messages) ? messages : [];
  const first = system === undefined || system === null ? [] : [{ role: "system", content: system }];
  return renderPrompt([...first, ...turns], tools);
}

function formatMessage(completion: Completion): string {
  const content = [{ type: "text", text: completion.answer.tokens.join("") }];
  return JSON.stringify({
    ...headOf(completion),
    content,
    ...stopOf(completion),
    usage: usageOf(completion),
  });
}

function* messageEvents(completion: Completion): Generator<SimulatedEvent, void> {
  const begun = { ...usageOf(completion), output_tokens: 0 };
  const stop = { stop_reason: null, stop_sequence: null };
  const message = { ...headOf(completion), content: [], ...stop, usage: begun };
  yield eventOf("message_start", { message });
  yield eventOf("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  for (const text of completion.answer.tokens)
    yield eventOf("content_block_delta", { index: 0, delta: { type: "text_delta", text } }, true);
  yield eventOf("content_block_stop", { index: 0 });
  yield eventOf("message_delta", { delta: stopOf(completion), usage: usageOf(completion) });
}

function eventOf(type: string, members: object, isToken = false): SimulatedEvent {
  return { text: formatSseEvent(type, JSON.stringify({ type, ...members })), isToken };
}

function headOf({ id, model }: Completion): object {
  return { id, type: "message", role: "assistant", model };
}

function stopOf({ answer }: Completion): object {
  return { stop_reason: answer.finishReason === "length" ? "max_tokens" : "end_turn", stop_sequence: null };
}

function usageOf({ prompt, cachedTokens, answer }: Completion): object {
  return {
    input_tokens: prompt.length - cachedTokens,
    cache_read_input_tokens: cachedTokens,
    output_tokens: answer.tokens.length,
  };
}

function formatError({ status, message }: VllmError): string {
  const type = status === internalError.status ? "api_error" : "invalid_request_error";
  return JSON.stringify({ type: "error", error: { type: errorTypes.get(status) ?? type, message } });
}

const errorTypes: ReadonlyMap<number, string> = new Map([
  [404, "not_found_error"],
  [413, "request_too_large"],
  [503, "overloaded_error"],
]);
