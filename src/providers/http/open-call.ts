import type { MessageHead } from "../../http1/index.ts";
import type { Departure } from "../departure.ts";
import {
  type AnswerHeaders,
  type AnswerReceiver,
  type CallUnderWay,
  UpstreamError,
  type UpstreamFailure,
} from "../provider.ts";
import { isGarbage } from "./answer-head.ts";

export interface Message {
  readonly head: string;
  readonly body: readonly Uint8Array[];
  /** Of what goes out by itself, and carries nothing of a caller's: null. */
  readonly departure: Departure | null;
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
  /** As in {@link AnswerReceiver.onHead}. */
  readonly identity: string | null;
  pause(): void;
  resume(): void;
}

/** One call from when it waits for its turn to the end of its answer. INVARIANT: it ends once, and tells nothing more. */
export class OpenCall implements CallUnderWay {
  readonly message: Message;
  readonly #receiver: AnswerReceiver;
  #holder: Holder | null = null;
  /** Null before its answer begins. */
  #source: Source | null = null;
  #isPaused = false;
  #isOver = false;

  constructor(message: Message, receiver: AnswerReceiver) {
    this.message = message;
    this.#receiver = receiver;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Its answer has begun. */
  get hasAnswer(): boolean {
    return this.#source !== null;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  pause(): void {
    if (this.#isPaused || this.#isOver) return;
    this.#isPaused = true;
    this.#source?.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#source?.resume();
  }

  cancel(): void {
    if (this.#end()) this.#holder?.abandon(this);
  }

  heldBy(holder: Holder): void {
    this.#holder = holder;
  }

  /** Asks whether it may go. False: nothing may be written, and it has ended. */
  leave(): boolean {
    try {
      this.message.departure?.leave();
    } catch (error) {
      if (this.#end()) this.#receiver.onFailure(error as Error);
    }
    return !this.#isOver;
  }

  /** False: what comes is no answer, or not wanted, and it has ended. */
  begin(head: MessageHead, headers: AnswerHeaders, source: Source): boolean {
    if (isGarbage(head, headers)) {
      this.fail("garbage");
      return false;
    }
    this.#source = source;
    if (this.#isPaused) source.pause();
    this.#receiver.onHead(head.status, headers, source.identity);
    return !this.#isOver;
  }

  push(bytes: Uint8Array): void {
    if (!this.#isOver) this.#receiver.onBytes(bytes);
  }

  complete(): void {
    if (this.#end()) this.#receiver.onEnd();
  }

  /** The connection has ended before the answer has. */
  cut(cause: string): void {
    this.fail(this.hasAnswer ? "broken" : "unreachable", cause);
  }

  /** `cause` is the code of an error of Node's: their texts may hold pieces of what came. */
  fail(failure: UpstreamFailure, cause?: string): void {
    if (!this.#end()) return;
    const mayHaveArrived = this.message.departure?.hasLeft ?? true;
    this.#receiver.onFailure(new UpstreamError(failure, { mayHaveArrived, cause }));
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    return true;
  }
}
