// How an error is told in the OpenAI dialect, and the page that lists all of them.
import { type ErrorType, errorTypes } from "./error-type.ts";
import { formatSseData } from "./sse.ts";

export interface ErrorDetails {
  readonly type: ErrorType;
  /** One sentence for the caller. It holds no content of the request beyond names of members. */
  readonly message: string;
  /** The member or header at fault, where there is one. */
  readonly param: string | null;
}

/** `code` repeats `type`: OpenAI's own clients and their users switch on either. */
export function formatOpenAiError({ type, message, param }: ErrorDetails): string {
  return JSON.stringify({ error: { message, type, param, code: type } });
}

/**
 * The last event of a stream that broke off. OpenAI's clients raise an API error for any data with an `error`
 * member; no `[DONE]` follows, since nothing is done.
 */
export function formatOpenAiStreamError(details: ErrorDetails): string {
  return formatSseData(formatOpenAiError(details));
}

/** Every 429 and 503 passes with time, so it says when to come back; no other error is cured by waiting. */
export function carriesRetryAfter(type: ErrorType): boolean {
  const { status } = errorTypes[type];
  return status === 429 || status === 503;
}

/** docs/errors.md. */
export function errorReference(): string {
  const rows = Object.entries(errorTypes).map(
    ([type, { status, title }]) =>
      `| \`${type}\` | ${status} | ${title} | ${carriesRetryAfter(type as ErrorType) ? "yes" : "no"} |`,
  );
  return [
    "# Errors",
    "",
    "Every error that a caller can see. The body is `" + exampleBody + "`; `code` repeats `type`.",
    "After a stream has begun, the same body comes as its last event, and no `[DONE]` follows.",
    "The prefix says where to look: `policy_` the law or its application, `caller_` the request, `provider_` the",
    "model server, `gateway_` Bailiwick itself.",
    "",
    "| `error.type` | status | meaning | `Retry-After` |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

const exampleBody = '{"error":{"message":…,"type":…,"param":…,"code":…}}';
