// What an engine answers to `POST /v1/chat/completions` or `/v1/completions`, whole or in chunks. An upstream may answer anything, so
// nothing is assumed: what is not the dialect is `garbage`, and a missing or odd count is no count.
import { isObject, parseJson } from "../../base/index.ts";
import type { TokenUsage } from "../token-usage.ts";

export type ChatAnswer =
  | {
      readonly kind: "answer";
      readonly model: string | null;
      readonly usage: TokenUsage | null;
      /** The parsed text, for the engine's evidence. */
      readonly body: unknown;
    }
  /** `{"error": …}`, whatever the status was, or a choice that ended by an error. */
  | { readonly kind: "error"; readonly body: unknown }
  | { readonly kind: "garbage" };

/** `done` is the `[DONE]` that closes a stream. */
export type ChatChunk = ChatAnswer | { readonly kind: "done" };

/** `aside`: an event between chunks that holds no part of the answer, such as a ping, or counts alone. */
export type LaterChunk =
  | ChatChunk
  | { readonly kind: "aside"; readonly usage: TokenUsage | null; readonly body: unknown };

/** What `object` says in a whole answer and in a chunk. */
export interface AnswerNames {
  readonly whole: readonly string[];
  readonly chunk: readonly string[];
}

/** Azure's first chunk, which carries only content filter results, has an empty `object`. */
export const chatAnswers: AnswerNames = { whole: ["chat.completion"], chunk: ["chat.completion.chunk", ""] };
export const textAnswers: AnswerNames = { whole: ["text_completion"], chunk: ["text_completion", ""] };

/** Reads a whole answer. */
export function parseChatAnswer(text: string, { whole }: AnswerNames = chatAnswers): ChatAnswer {
  return readAnswer(parseJson(text), whole);
}

/**
 * Reads the data of a stream's first event, or of one that is to be a chunk. The chunk that only carries usage has no
 * choices; it is an answer too.
 */
export function parseChatChunk(data: string, { chunk }: AnswerNames = chatAnswers): ChatChunk {
  return data === "[DONE]" ? { kind: "done" } : readAnswer(parseJson(data), chunk);
}

/** Reads the data of an event after the first: servers put in what is no chunk (pings, costs, counts without choices). */
export function parseLaterChunk(data: string, { chunk }: AnswerNames = chatAnswers): LaterChunk {
  if (data === "[DONE]") return { kind: "done" };
  const body = parseJson(data);
  if (!isObject(body) || isError(body) || isPresent(body["choices"])) return readAnswer(body, chunk);
  return { kind: "aside", usage: readUsage(body["usage"]), body };
}

/**
 * The `id` of a parsed answer or chunk, by which the provider can find the call again. It goes into records, so it is
 * taken only where it is a short token (Azure's first chunk has an empty one).
 */
export function readCallId(body: unknown): string | null {
  const id = isObject(body) ? body["id"] : null;
  return typeof id === "string" && /^[A-Za-z0-9._:-]{1,128}$/.test(id) ? id : null;
}

function readAnswer(body: unknown, objects: readonly string[]): ChatAnswer {
  if (!isObject(body)) return { kind: "garbage" };
  if (isError(body)) return { kind: "error", body };
  const { object, choices, model, usage } = body;
  // Some servers leave `object` out; one that names something else answers something else.
  const isNamed = !isPresent(object) || (typeof object === "string" && objects.includes(object));
  if (!Array.isArray(choices) || !isNamed) return { kind: "garbage" };
  return { kind: "answer", model: typeof model === "string" ? model : null, usage: readUsage(usage), body };
}

/** vLLM of old says it by `object`; OpenRouter ends a choice by it. */
function isError(body: Readonly<Record<string, unknown>>): boolean {
  const { error, object, choices } = body;
  return isPresent(error) || object === "error" || (Array.isArray(choices) && choices.some(endsByError));
}

function endsByError(choice: unknown): boolean {
  return isObject(choice) && choice["finish_reason"] === "error";
}

export function readUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const promptTokens = readCount(usage["prompt_tokens"]);
  if (promptTokens === null) return null;
  const details = usage["prompt_tokens_details"];
  return {
    promptTokens,
    // vLLM leaves it out, or sends null, where nothing was generated.
    completionTokens: readCount(usage["completion_tokens"]) ?? 0,
    cachedTokens: isObject(details) ? readCount(details["cached_tokens"]) : null,
  };
}

export function readCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
