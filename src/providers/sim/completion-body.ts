// The bodies of a chat completion, whole and in chunks, as vLLM writes them.
import type { Answer } from "./answer.ts";
import type { Tokens } from "./tokens.ts";

export interface Completion {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly createdS: number;
  readonly prompt: Tokens;
  readonly cachedTokens: number;
  readonly answer: Answer;
}

export function formatCompletion(completion: Completion): string {
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
export function* completionChunks(completion: Completion, includesUsage: boolean): Generator<string, void> {
  const { id, model, createdS, answer } = completion;
  const head = { id, object: "chat.completion.chunk", created: createdS, model };
  const chunk = (delta: object, finishReason: string | null) =>
    JSON.stringify({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    });
  yield chunk({ role: "assistant", content: "" }, null);
  const last = answer.tokens.length - 1;
  for (const [index, content] of answer.tokens.entries()) {
    yield chunk({ content }, index === last ? answer.finishReason : null);
  }
  if (last === -1) yield chunk({}, answer.finishReason);
  if (includesUsage) yield JSON.stringify({ ...head, choices: [], usage: usageOf(completion) });
}

function usageOf({ prompt, cachedTokens, answer }: Completion): object {
  return {
    prompt_tokens: prompt.length,
    total_tokens: prompt.length + answer.tokens.length,
    completion_tokens: answer.tokens.length,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
