// What an engine answers to `POST /v1/chat/completions`, whole or in chunks. An upstream may answer anything, so
// nothing is assumed: what is not the dialect is `garbage`, and a missing or odd count is no count.

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Part of `promptTokens`; null when the engine does not say. */
  readonly cachedTokens: number | null;
}

export type ChatAnswer =
  | {
      readonly kind: "answer";
      readonly model: string | null;
      readonly usage: TokenUsage | null;
      /** The parsed text, for the engine's evidence. */
      readonly body: unknown;
    }
  /** `{"error": …}`, whatever the status was. */
  | { readonly kind: "error"; readonly body: unknown }
  | { readonly kind: "garbage" };

/** `done` is the `[DONE]` that closes a stream. */
export type ChatChunk = ChatAnswer | { readonly kind: "done" };

/** Reads a whole answer. */
export function parseChatAnswer(text: string): ChatAnswer {
  return readAnswer(text, ["chat.completion"]);
}

/** Reads the data of one event of a stream. The chunk that only carries usage has no choices; it is an answer too. */
export function parseChatChunk(data: string): ChatChunk {
  if (data === "[DONE]") return { kind: "done" };
  // Azure's first chunk, which carries only content filter results, has an empty `object`.
  return readAnswer(data, ["chat.completion.chunk", ""]);
}

function readAnswer(text: string, objects: readonly string[]): ChatAnswer {
  const body = parseJson(text);
  if (!isObject(body)) return { kind: "garbage" };
  if (isPresent(body["error"])) return { kind: "error", body };
  const { object, choices, model, usage } = body;
  if (!Array.isArray(choices) || typeof object !== "string" || !objects.includes(object)) {
    return { kind: "garbage" };
  }
  return { kind: "answer", model: typeof model === "string" ? model : null, usage: readUsage(usage), body };
}

function readUsage(usage: unknown): TokenUsage | null {
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

function readCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
