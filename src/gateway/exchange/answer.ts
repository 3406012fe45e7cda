import type { UpstreamAnswer } from "../../providers/index.ts";
import type { AnswerTranslator, SseEvent } from "../../wire/index.ts";
import type { OpenAttempt } from "./open-attempt.ts";

/** An upstream's answer that has begun to be one. From here on the endpoint is never switched. */
export type Answer = WholeAnswer | StreamedAnswer;

interface AnswerFrom {
  readonly attempt: OpenAttempt;
}

export interface WholeAnswer extends AnswerFrom {
  readonly kind: "whole";
  readonly body: Uint8Array;
}

export interface StreamedAnswer extends AnswerFrom {
  readonly kind: "streamed";
  readonly call: StreamedCall;
  readonly headers: UpstreamAnswer["headers"];
  /** Has read the first event, and nothing after it. */
  readonly translator: AnswerTranslator;
  /** What the first event became. */
  readonly first: readonly Uint8Array[];
  /** The events that were read together with it. */
  readonly beside: readonly SseEvent[];
  /** The events after those; what came in one read comes together. Throws UpstreamError when the bytes are no events. */
  readonly rest: AsyncGenerator<readonly SseEvent[], void>;
}

/** What is still to be told of the call whose answer it is. */
export interface StreamedCall {
  /** An event says that the engine failed, or that the request is at fault. */
  saidError(body: unknown): Error;
  /** What the caller hears of `error`; a failure of the call is noted first. */
  failed(error: unknown): unknown;
  /** The engine has said all: what else comes is read aside, and not waited for. */
  complete(): void;
}
