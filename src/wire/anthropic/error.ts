// How an error is told in Anthropic's dialect (platform.claude.com/docs/en/api/errors).
import type { ErrorDetails } from "../error-body.ts";
import { errorTypes } from "../error-type.ts";
import { formatSseEvent } from "../sse.ts";

/** Its clients switch on `type`, which is of their own closed list; ours is in `code`, as OpenAI's clients find it. */
export function formatAnthropicError({ type, message, param, code }: ErrorDetails): string {
  const { status } = errorTypes[type];
  const error = { type: typesByStatus.get(status) ?? "api_error", message, param, code: code ?? type };
  return JSON.stringify({ type: "error", error });
}

/** The last event of a stream that broke off: no `message_stop` follows. */
export function formatAnthropicStreamError(details: ErrorDetails): string {
  return formatSseEvent("error", formatAnthropicError(details));
}

const typesByStatus: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [405, "invalid_request_error"],
  [408, "timeout_error"],
  [413, "request_too_large"],
  [415, "invalid_request_error"],
  [421, "invalid_request_error"],
  [429, "rate_limit_error"],
  [431, "request_too_large"],
  [451, "permission_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
]);
