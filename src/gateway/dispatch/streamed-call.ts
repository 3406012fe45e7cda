// What becomes of a call whose answer has begun. After the first event the endpoint is never switched: what was said cannot
// be unsaid. Owner: the request.
import { UpstreamError } from "../../providers/index.ts";
import { readEngineError } from "../../wire/index.ts";
import type { StreamedCall } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { AttemptWatch } from "./attempt-watch.ts";
import { AttemptError, judge, ofUpstream, wordOf } from "./failure.ts";
import { type FailedAttempt, noteFailure } from "./note-failure.ts";
import { drainAside } from "./observe.ts";

interface Begun extends FailedAttempt {
  readonly watch: AttemptWatch;
  readonly rest: AsyncGenerator<unknown, void>;
}

export function streamedCall(exchange: Exchange, begun: Begun): StreamedCall {
  return {
    saidError(body) {
      const judged = judge({ status: null, error: readEngineError(body), retryAfterMs: null });
      return "failure" in judged ? new AttemptError(judged.failure) : judged.rejection;
    },
    failed: (error) => (exchange.stopReason !== null ? error : interruption(exchange, begun, error)),
    complete: () => void drainAside(begun.rest, begun.watch),
  };
}

/** What the caller hears of it; what is no failure of the call is itself. */
function interruption(exchange: Exchange, begun: Begun, error: unknown): unknown {
  if (error instanceof GatewayError && error.type === "provider_rejected") {
    begun.attempt.noteFailure("rejected");
    const { message, code, param } = error;
    return new GatewayError("provider_interrupted", message, { code, ...(param !== null && { param }) });
  }
  const isFailure = error instanceof AttemptError || error instanceof UpstreamError;
  if (!isFailure) return error;
  const failure = error instanceof AttemptError ? error.failure : ofUpstream(error);
  noteFailure(exchange, failure, begun);
  return new GatewayError("provider_interrupted", `the answer broke off: \`${wordOf(failure)}\``);
}
