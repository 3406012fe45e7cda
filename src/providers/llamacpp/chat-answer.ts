// The bodies of a chat completion in OpenAI's dialect, whole and in chunks.
import type { FinishReason } from "./generate.ts";

export interface AnswerHead {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly createdS: number;
  readonly promptTokens: number;
  readonly includesUsage: boolean;
}

export interface Finish {
  readonly reason: FinishReason;
  readonly tokens: number;
}

export function formatAnswer(head: AnswerHead, content: string, finish: Finish): string {
  const message = { role: "assistant", content };
  return JSON.stringify({
    ...members(head, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish.reason }],
    usage: usageOf(head, finish),
  });
}

export function formatFirstChunk(head: AnswerHead): string {
  return formatChunk(head, { role: "assistant", content: "" }, null);
}

export function formatTextChunk(head: AnswerHead, content: string): string {
  return formatChunk(head, { content }, null);
}

export function formatLastChunk(head: AnswerHead, finish: Finish): string {
  return formatChunk(head, {}, finish.reason);
}

/** Sent when the caller asked for it; it has no choices. */
export function formatUsageChunk(head: AnswerHead, finish: Finish): string {
  return JSON.stringify({
    ...members(head, "chat.completion.chunk"),
    choices: [],
    usage: usageOf(head, finish),
  });
}

function formatChunk(head: AnswerHead, delta: object, finishReason: FinishReason | null): string {
  return JSON.stringify({
    ...members(head, "chat.completion.chunk"),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(head.includesUsage ? { usage: null } : {}),
  });
}

function members({ id, createdS, model }: AnswerHead, object: string): object {
  return { id, object, created: createdS, model };
}

function usageOf({ promptTokens }: AnswerHead, { tokens }: Finish): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens,
    total_tokens: promptTokens + tokens,
    // Nothing of one text is kept for the next one.
    prompt_tokens_details: { cached_tokens: 0 },
  };
}
