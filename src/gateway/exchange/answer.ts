import type { AnswerHeaders } from "../../providers/index.ts";
import type { Messages } from "../../websocket/index.ts";
import type { Soon } from "./channel.ts";
import type { OpenAttempt } from "./open-attempt.ts";

/** An upstream's answer that has begun to be one. From here on the endpoint is never switched. */
export type Answer = OneAnswer | SessionAnswer;

export type OneAnswer = WholeAnswer | StreamedAnswer;

interface AnswerFrom {
  readonly attempt: OpenAttempt;
}

export interface WholeAnswer extends AnswerFrom {
  readonly kind: "whole";
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface StreamedAnswer extends AnswerFrom {
  readonly kind: "streamed";
  readonly events: AnswerEvents;
}

/** An engine's end of a session, to which nothing but the handshake was said yet. */
export interface SessionAnswer extends AnswerFrom {
  readonly kind: "session";
  readonly session: Messages;
  /** As headers of its answer to the handshake. */
  readonly headers: AnswerHeaders;
  /** Resolves with what the caller hears of a failure, which is noted first. */
  failed(error: unknown): Promise<unknown>;
}

/** The events of an answer, judged as they come. */
export interface AnswerEvents {
  /** Tells what has come so far, and from then on what comes. Called once. */
  tell(receiver: EventReceiver): void;
  /** Resolves with what the caller hears of it; a failure of the call is noted first. */
  failed(error: unknown): Promise<unknown>;
}

/** Who releases them. INVARIANT: it is told of an end or of a failure, once, and nothing afterwards. */
export interface EventReceiver {
  /**
   * What one read brought, framed: it may be released, and kept. Unless this returns a promise, more may come at once; else nothing is
   * told until it resolves. What it rejects with, or this throws, is the failure.
   */
  onEvents(bytes: Uint8Array): Soon<void>;
  /** The answer is complete. The closing events wait for the outcome. */
  onClosing(closing: string): void;
  /** What was told before it stands. */
  onFailure(error: unknown): void;
}
