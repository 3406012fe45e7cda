import type { MessageHead } from "../../http1/index.ts";
import type { Departure } from "../departure.ts";
import { type UpstreamAnswer, UpstreamError, type UpstreamFailure } from "../provider.ts";
import { AnswerBody } from "./answer-body.ts";
import { type Headers, isGarbage } from "./answer-head.ts";

export interface Message {
  readonly head: string;
  readonly body: Uint8Array;
  /** Of what goes out by itself, and carries nothing of a caller's: null. */
  readonly departure: Departure | null;
  readonly signal: AbortSignal;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** Where a call is: in the pool's queue, or on a socket. */
export interface Holder {
  /** The call has ended by its own end. */
  abandon(call: OpenCall): void;
}

/** What brings an answer. */
interface Source {
  /** Its reader takes more again. */
  resume(): void;
}

/** One call from when it waits for its turn to the end of its answer. INVARIANT: it ends once, and is told nothing more. */
export class OpenCall {
  readonly message: Message;
  readonly answer: Promise<UpstreamAnswer>;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (error: unknown) => void;
  #holder: Holder | null = null;
  #body: AnswerBody | null = null;
  #isOver = false;

  constructor(message: Message) {
    this.message = message;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    message.signal.addEventListener("abort", this.#onAbort);
    if (message.signal.aborted) this.fail("aborted");
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Its answer has begun. */
  get hasAnswer(): boolean {
    return this.#body !== null;
  }

  /** Its reader lags behind: nothing more is to be brought for now. */
  get isFull(): boolean {
    return this.#body?.isFull ?? false;
  }

  heldBy(holder: Holder): void {
    this.#holder = holder;
  }

  /** Asks whether it may go. False: nothing may be written, and it has ended. */
  leave(): boolean {
    try {
      this.message.departure?.leave();
    } catch (error) {
      if (this.#end()) this.#reject(error);
    }
    return !this.#isOver;
  }

  /** False: what comes is no answer, and it has ended. */
  begin(head: MessageHead, headers: Headers, source: Source): boolean {
    if (isGarbage(head, headers)) {
      this.fail("garbage");
      return false;
    }
    this.#body = new AnswerBody({
      resume: () => source.resume(),
      leave: () => this.#abandon(),
    });
    this.#resolve({ status: head.status, headers, body: this.#body });
    return true;
  }

  push(piece: Uint8Array): void {
    this.#body?.push(piece);
  }

  complete(): void {
    if (this.#end()) this.#body?.end();
  }

  /** The connection has ended before the answer has. */
  cut(cause: string): void {
    this.fail(this.hasAnswer ? "broken" : "unreachable", cause);
  }

  /** `cause` is the code of an error of Node's: their texts may hold pieces of what came. */
  fail(failure: UpstreamFailure, cause?: string): void {
    if (!this.#end()) return;
    const mayHaveArrived = this.message.departure?.hasLeft ?? true;
    const error = new UpstreamError(failure, { mayHaveArrived, cause });
    if (this.#body) this.#body.fail(error);
    else this.#reject(error);
  }

  readonly #onAbort = (): void => {
    this.#body?.clear();
    this.fail("aborted");
    this.#holder?.abandon(this);
  };

  #abandon(): void {
    if (this.#end()) this.#holder?.abandon(this);
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.message.signal.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
