// Chat completions, whole and in chunks, as vLLM writes them.
import { isObject } from "../../base/index.ts";
import { formatSseData } from "../../wire/index.ts";
import {
  type Completion,
  type Members,
  type SimulatedDialect,
  type SimulatedEvent,
  usageOf,
} from "./dialect.ts";
import { renderPrompt } from "./tokens.ts";
import { formatVllmError, formatVllmErrorEvent } from "./vllm-error.ts";

export const chatDialect: SimulatedDialect = {
  operation: "chat_completions",
  idPrefix: "chatcmpl-",
  prompt: ({ messages, tools }) => renderPrompt(Array.isArray(messages) ? messages : [], tools),
  maxTokens: ({ max_completion_tokens: newer, max_tokens: older }) => ({
    name: "max_tokens",
    value: newer ?? older,
  }),
  stop: ({ stop }) => ({ name: "stop", value: stop }),
  whole: formatCompletion,
  events: completionChunks,
  closing: formatSseData("[DONE]"),
  formatError: formatVllmError,
  formatErrorEvent: formatVllmErrorEvent,
};

function formatCompletion(completion: Completion): string {
  const { id, model, createdS, answer } = completion;
  const message = { role: "assistant", content: answer.tokens.join("") };
  return JSON.stringify({
    id,
    object: "chat.completion",
    created: createdS,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }],
    usage: usageOf(completion),
  });
}

/** The chunk that opens a stream, then one for each token; usage last, when it was asked for. */
function* completionChunks(completion: Completion, members: Members): Generator<SimulatedEvent, void> {
  const { id, model, createdS, answer } = completion;
  const head = { id, object: "chat.completion.chunk", created: createdS, model };
  const chunk = (delta: object, finishReason: string | null, isToken: boolean): SimulatedEvent => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
    return { text: formatSseData(JSON.stringify({ ...head, choices })), isToken };
  };
  yield chunk({ role: "assistant", content: "" }, null, false);
  const last = answer.tokens.length - 1;
  for (const [index, content] of answer.tokens.entries()) {
    yield chunk({ content }, index === last ? answer.finishReason : null, true);
  }
  if (last === -1) yield chunk({}, answer.finishReason, false);
  if (!asksForUsage(members)) return;
  const text = formatSseData(JSON.stringify({ ...head, choices: [], usage: usageOf(completion) }));
  yield { text, isToken: false };
}

export function asksForUsage({ stream_options: options }: Members): boolean {
  return isObject(options) && options["include_usage"] === true;
}
