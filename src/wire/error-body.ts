// What a caller is told of an error, in whatever dialect, and the page that lists all errors.
import { type ErrorType, errorTypes } from "./error-type.ts";

export interface ErrorDetails {
  readonly type: ErrorType;
  /** One sentence for the caller. It holds no content of the request beyond names of members. */
  readonly message: string;
  /** The member or header at fault, where there is one. */
  readonly param: string | null;
  /** The model server's own word for it, of a closed list; null where it gave none: then `type` stands in its place. */
  readonly code: string | null;
}

/** Every 429 and 503 passes with time, so it says when to come back; no other error is cured by waiting. */
export function carriesRetryAfter(type: ErrorType): boolean {
  const { status } = errorTypes[type];
  return status === 429 || status === 503;
}

/**
 * Clients repeat by status alone unless they are told. False where sending the same request again cannot end otherwise:
 * what is wrong with it stays wrong, and a 502 has been tried at all endpoints already. A 421 is for another cell. A budget
 * is exhausted for hours or weeks: no client waits for that.
 */
export function isWorthRetrying(type: ErrorType): boolean {
  if (type === "caller_budget_exhausted") return false;
  const { status } = errorTypes[type];
  return [408, 429, 500, 503, 504].includes(status);
}

/** docs/errors.md. */
export function errorReference(): string {
  const rows = Object.entries(errorTypes).map(
    ([type, { status, title }]) =>
      `| \`${type}\` | ${status} | ${title} | ${carriesRetryAfter(type as ErrorType) ? "yes" : "no"} | ${isWorthRetrying(type as ErrorType) ? "" : "`false`"} |`,
  );
  return [
    "# Errors",
    "",
    "Every error that a caller can see. The body is `" + exampleBody + "`. `code` repeats `type`, but where",
    "the model server gave a word of its own that clients act on, such as `context_length_exceeded`: then it is that.",
    "After a stream has begun, the same body comes as its last event, and no `[DONE]` follows. At paths of Anthropic's dialect it is",
    '`{"type":"error","error":{"type":…,"message":…,"param":…,"code":…}}`: `type` is of that dialect then, and the word below is in `code`.',
    "The prefix says where to look: `policy_` the law or its application, `caller_` the request, `provider_` the",
    "model server, `gateway_` Bailiwick itself. `x-should-retry: false` tells clients that repeat by themselves not to.",
    "",
    "Where to repeat the request is of no use, the answer carries `x-should-retry: false`, which OpenAI's clients obey.",
    "",
    "| `error.type` | status | meaning | `Retry-After` | `x-should-retry` |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

const exampleBody = '{"error":{"message":…,"type":…,"param":…,"code":…}}';
