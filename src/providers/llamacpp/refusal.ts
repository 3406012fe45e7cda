// How this engine refuses a request, in OpenAI's words.
import type { RequestFault } from "../../wire/index.ts";

export interface Refusal extends RequestFault {
  readonly status: 400 | 503;
  readonly type: "invalid_request_error" | "server_error";
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const invalidRequest = { status: 400, type: "invalid_request_error", code: null, headers: {} } as const;

/** `invalidRequest` still lacks its fault. */
export const refusals: {
  readonly invalidRequest: Omit<Refusal, keyof RequestFault>;
  readonly contextExceeded: Refusal;
  readonly overloaded: Refusal;
} = {
  invalidRequest,
  contextExceeded: {
    ...invalidRequest,
    param: "messages",
    message: "the messages leave no room for an answer in this model's context",
    code: "context_length_exceeded",
  },
  overloaded: {
    status: 503,
    type: "server_error",
    param: null,
    message: "too many requests wait for this engine",
    code: "overloaded",
    headers: { "retry-after": "1" },
  },
};

export function formatRefusal({ message, type, param, code }: Refusal): string {
  return JSON.stringify({ error: { message, type, param, code } });
}
