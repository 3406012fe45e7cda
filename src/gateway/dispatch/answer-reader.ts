import type { AnswerHeaders } from "../../providers/index.ts";
import type { AnswerTranslator } from "../../wire/index.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenAttempt } from "../exchange/open-attempt.ts";
import type { Lease } from "../shared/pool.ts";
import type { AttemptWatch } from "./attempt-watch.ts";
import type { DispatchRequest } from "./dispatch-request.ts";

/** What is made of the body of one answer. What it throws ends the call, and comes back to it by `onFailure`. */
export interface AnswerReader {
  /** They are overwritten when this has returned. */
  onBytes(bytes: Uint8Array): void;
  onEnd(): void;
  /** The last that it is told. */
  onFailure(error: unknown): void;
  /** It has all that it needs: what else comes is read for the sake of the connection. */
  readonly isComplete: boolean;
}

/** Of one call whose answer has a head. */
export interface ReaderOptions {
  readonly exchange: Exchange;
  readonly request: DispatchRequest;
  readonly open: OpenAttempt;
  readonly lease: Lease;
  readonly watch: AttemptWatch;
  readonly headers: AnswerHeaders;
  readonly translator: AnswerTranslator;
  readonly settle: Settle;
}

/** Of the attempt, once. */
export interface Settle {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}
