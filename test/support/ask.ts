// Requests to a cell as an ordinary client sends them.
import { keyOf, type TestCell } from "./test-cell.ts";

export interface Ask {
  readonly tenant?: string;
  readonly model?: string;
  readonly isStream?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export function chatBody({ model = "assistant", isStream = false }: Ask = {}): string {
  return JSON.stringify({ model, stream: isStream, messages: [{ role: "user", content: "How do you do?" }] });
}

/** POSTs a chat completion and hands out the answer as soon as its headers are there. */
export function post({ gateway }: TestCell, ask: Ask = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${keyOf(ask.tenant ?? "demo-bank")}`,
      "content-type": "application/json",
      ...ask.headers,
    },
    body: ask.body ?? chatBody(ask),
    ...(ask.signal ? { signal: ask.signal } : {}),
  });
}

export async function askChat(cell: TestCell, ask: Ask = {}): Promise<Answered> {
  const answer = await post(cell, ask);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** The error that an answer's body tells. */
export function errorOf({ text }: { readonly text: string }): {
  readonly type: string;
  readonly message: string;
  readonly param: string | null;
} {
  return (JSON.parse(text) as { readonly error: ReturnType<typeof errorOf> }).error;
}
