import type { UpstreamCall } from "../../src/providers/provider.ts";

/** With what cancels it. */
export interface TestCall extends UpstreamCall {
  readonly signal: AbortSignal;
}

/** A call that may go and has time, with what a test cares about. */
export function upstreamCall(some: Partial<TestCall> = {}): TestCall {
  return {
    operation: "chat_completions",
    model: "llama",
    body: [Buffer.from("{}")],
    isStream: false,
    contentType: "application/json",
    accept: some.isStream ? "text/event-stream" : "application/json",
    requestId: "r-1",
    signal: new AbortController().signal,
    headersTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    maxEventBytes: 1_000_000,
    mayGo: () => true,
    onFirstByte: () => undefined,
    ...some,
  };
}
