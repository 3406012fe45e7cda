// How an error is told in the OpenAI dialect.
import type { ErrorDetails } from "../error-body.ts";
import { formatSseData } from "../sse.ts";

/** `code` repeats `type` unless the engine had a word: OpenAI's own clients and their users switch on either. */
export function formatOpenAiError({ type, message, param, code }: ErrorDetails): string {
  return JSON.stringify({ error: { message, type, param, code: code ?? type } });
}

/**
 * The last event of a stream that broke off. OpenAI's clients raise an API error for any data with an `error`
 * member; no `[DONE]` follows, since nothing is done.
 */
export function formatOpenAiStreamError(details: ErrorDetails): string {
  return formatSseData(formatOpenAiError(details));
}
