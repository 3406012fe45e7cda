import type { TenantId } from "../../base/index.ts";
import type { RequestClaims } from "../../config/index.ts";
import type { MessageMemory, Messages } from "../../websocket/index.ts";
import type { ErrorType } from "../../wire/index.ts";
import type { Proof } from "../certificates/client-certificate.ts";
import type { Credentials } from "./caller.ts";

/**
 * What one request comes by, and its answer leaves by. A socket is one kind (listen/http-channel.ts); a line of a batch
 * or a call of the guard are others. The pipeline knows no more than this.
 */
export interface Channel {
  readonly head: RequestHead;
  /** Who it is for, where no credential comes with it: a socket has none. */
  readonly submitter?: Submitter;
  /** From here on an error can only be an event. */
  readonly hasBegun: boolean;
  /** It came in beside the room that there is, so that no more than its liveness may be answered. */
  readonly isCrowded: boolean;
  /**
   * The whole body: the first moment at which anything but the head is taken from the caller. What has come already is
   * there at once. Rejects with what the request is stopped for; fails with `caller_body_too_large` beyond `maxBytes`.
   */
  body(maxBytes: number, request: Stoppable): Soon<Uint8Array>;
  /**
   * Answers in one piece. A body that was not read by now never will be. Resolves with whether the caller's connection
   * took all of it, which is not to say that the caller read it.
   */
  answer(answer: WholeAnswer): Promise<boolean>;
  /** Sends status 200 and the headers; what follows is events. */
  events(head: EventsHead): EventSink;
  /**
   * Answers that the connection speaks in messages from here on (RFC 6455). Null where it is not there any more. Left out
   * where there is none.
   */
  session?(head: SessionHead): Messages | null;
  /**
   * Tells an error as the last event: nothing is made up to look like the end of an answer. Resolves as `answer` does; the
   * caller may send its next request on the same connection. `type`: the error's, of which a session's close code is made.
   */
  breakOff(event: string, type: ErrorType): Promise<boolean>;
  /** Nobody is there to be answered, or nothing can be said any more. */
  destroy(): void;
  /** `listener` runs when the caller leaves before the answer was given; at most once. */
  whenGone(listener: () => void): void;
}

/** Who asked for it before, and what was found of it then. INVARIANT: plain data, and no secret. */
export interface Submitter {
  readonly tenant: TenantId;
  /** As in `Caller`: each of them must be good still. */
  readonly credentials: Credentials;
  /** All that was claimed of the subject: by the credential, the request, its address, and the file that it is in. */
  readonly claims: RequestClaims;
}

/** A value that is mostly there, or will be: whoever awaits it waits only where there is something to wait for. */
export type Soon<Value> = Value | Promise<Value>;

/** What may be stopped before it is over. */
export interface Stoppable {
  /** Null while it may go on. */
  readonly stopReason: Error | null;
  /** `listener` runs once, at once where it is stopped already, until the function that is returned is called. */
  whenStopped(listener: (reason: Error) => void): () => void;
}

export interface RequestHead {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  /** `1.1` for HTTP/1.1; null where there is no such protocol. */
  readonly httpVersion: string | null;
  /** Names and values by turns, as they came and in their order. */
  readonly rawHeaders: readonly string[];
  /** Lower-case names. Of a name that came twice, a list of both: `checkHeaders` refuses where that matters. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of the other end of the connection; null where there is none. */
  readonly peerAddress: string | null;
  /** What the certificate proves that the other end has shown; null where it has shown none. */
  readonly certificate: Proof | null;
}

interface AnswerHead {
  /** How long the caller may take nothing before it counts as gone. */
  readonly idleTimeoutMs: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller should ask elsewhere next: this process is ending. */
  readonly isLast: boolean;
}

export interface WholeAnswer extends AnswerHead {
  readonly status: number;
  readonly body: Uint8Array | string;
}

export interface EventsHead extends AnswerHead {
  readonly request: Stoppable;
  /** Left out, they are events; else bytes of a file, among which nothing else may stand. */
  readonly contentType?: string;
}

export interface SessionHead {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The one of the caller's subprotocols that is spoken; null where it needs none. */
  readonly protocol: string | null;
  readonly maxMessageBytes: number;
  /** How long the caller may show no sign of life. */
  readonly stallMs: number;
  readonly memory: MessageMemory;
}

/** A stream of events to one caller, at the caller's pace. */
export interface EventSink {
  /**
   * A promise resolves when there is room for more, and rejects with CallerGoneError when the caller takes nothing for too
   * long; without one there is room. Throws what the request was stopped for.
   */
  write(event: Uint8Array | string): Soon<void>;
  /** The last event, and the end. Resolves as `Channel.answer` does. */
  end(event: string): Promise<boolean>;
}
