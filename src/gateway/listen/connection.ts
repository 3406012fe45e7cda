// Owner: the thread whose listener it came by. One caller's connection: its requests, one at a time (RFC 9112 §9.3.2).
// INVARIANT: from the end of a request to the end of its answer nothing is parsed. What comes meanwhile is kept as it is,
// one read of it, and the socket is not read on, so that nobody has more than one request under way by one connection.
import type { Socket } from "node:net";
import { MalformedMessageError, type MessageHead, type MessageParser } from "../../http1/index.ts";
import type { Proof } from "../certificates/client-certificate.ts";
import type { GatewayError } from "../exchange/gateway-error.ts";
import { keepAliveMs } from "./answer-head.ts";
import { malformed, refusalOf, sessionOver, tooSlow } from "./client-error.ts";
import type { Held } from "./connections.ts";
import { type PassTimer, never } from "./pass-timer.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { ParserPool } from "./parser-pool.ts";
import { headOf } from "./request-head.ts";

/** How long a caller whose bytes are left unread may take to read its answer. */
const lingerMs = 1_000;

/** Who answers a request. */
export interface Answering {
  /** Nothing more comes of the request's body, or not in time; its answer says why. */
  stop(reason: Error): void;
  /** The caller has ended its half of the connection, and may have left. */
  soundOut(): void;
  /** The connection is closed before the answer was given. */
  onGone(): void;
}

/** What all connections of a listener have in common. */
export interface Hearing {
  readonly parsers: ParserPool;
  readonly passes: PassTimer;
  readonly headersTimeoutMs: number;
  /** From the end of the head to the last byte of the body. One that takes longer is an attack or a lost cause. */
  readonly uploadTimeoutMs: number;
  /**
   * A request has come. INVARIANT: it is answered by {@link Connection.finish}, `leaveUnread` or
   * `destroy`, and not before `take` has returned.
   */
  readonly take: (connection: Connection, request: IncomingRequest) => Answering;
  readonly onIdle: (connection: Connection) => void;
  /** All that is said to a caller whose request is none. */
  readonly refusalText: (fault: GatewayError) => string;
}

/**
 * What may come next: a `head`, also while none of it has come yet; more of a `body`; after a whole request nothing,
 * until its `answer` is given; then `idle`, with no byte of another request. In `closing` nothing is read any more; nor here in
 * `session`, where the connection speaks another protocol.
 */
type Phase = "head" | "body" | "answer" | "idle" | "closing" | "session";

export class Connection implements Held {
  dueAt: number;
  readonly #socket: Socket;
  readonly #hearing: Hearing;
  /** What the caller's certificate proves now; null where none was shown. */
  readonly #prove: (() => Proof) | null;
  #phase: Phase = "head";
  /** Only while a message comes in. */
  #parser: MessageParser | null = null;
  /** What has come and may not be parsed yet; the socket is paused then. */
  #unread: Buffer | null = null;
  #request: IncomingRequest | null = null;
  #answering: Answering | null = null;
  #hasEnded = false;
  #givingCount = 0;
  #isRetired = false;

  constructor(socket: Socket, hearing: Hearing, prove: (() => Proof) | null = null) {
    this.#socket = socket;
    this.#hearing = hearing;
    this.#prove = prove;
    this.dueAt = hearing.passes.after(hearing.headersTimeoutMs);
    socket.on("data", (bytes: Buffer) => this.#hear(bytes));
    socket.on("end", () => this.#onEnd());
    // It closes next.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#onClose());
  }

  /** Of what was given, not yet taken by the kernel. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** The body is wanted now: what came of it, and what comes. */
  readOn(): void {
    if (this.#unread === null || this.isClosed) return;
    const bytes = this.#unread;
    this.#unread = null;
    this.#socket.resume();
    this.#hear(bytes);
  }

  /** Of the answer. Resolves with whether the connection took it; a caller that takes nothing for `idleTimeoutMs` is gone. */
  give(bytes: Uint8Array, idleTimeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.hand(bytes, idleTimeoutMs, resolve);
    return promise;
  }

  /** The same, for whoever need not wait. */
  hand(bytes: Uint8Array, idleTimeoutMs: number, tell?: (isTaken: boolean) => void): void {
    this.#givingCount++;
    this.#setGivingDue(idleTimeoutMs);
    this.#socket.write(bytes, (error) => {
      this.#givingCount--;
      this.#setGivingDue(idleTimeoutMs);
      tell?.(!error);
    });
  }

  #setGivingDue(idleTimeoutMs: number): void {
    if (this.#phase !== "answer") return;
    this.dueAt = this.#givingCount > 0 ? this.#hearing.passes.after(idleTimeoutMs) : never;
  }

  /** Beside the answer, whether it is taken or not. */
  sign(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** The answer was given. */
  finish(isLast: boolean): void {
    this.#request = null;
    this.#answering = null;
    if (isLast || this.#isRetired || (this.#hasEnded && this.#unread === null)) return this.#hangUp();
    this.#phase = "idle";
    this.dueAt = this.#hearing.passes.after(keepAliveMs);
    if (this.#unread === null) this.#hearing.onIdle(this);
    // When this request is over for its pipeline too, and others have had their turn.
    else setImmediate(() => this.readOn());
  }

  /**
   * The last answer, with our end of the connection, and not one more byte is taken in. To close at once would be wrong:
   * the kernel answers unread bytes with a reset, which can take the answer away from its reader (RFC 9112 §9.6).
   */
  leaveUnread(answer: Uint8Array | string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#socket.write(answer, (error) => resolve(!error));
    this.#linger();
    this.#socket.end();
    return promise;
  }

  /** Nothing of HTTP follows (RFC 9110 §7.8): whoever takes the socket reads it on. `first` is what came behind the request. */
  handOver(): { readonly socket: Socket; readonly first: Uint8Array } {
    this.#phase = "session";
    this.dueAt = never;
    const first = this.#unread ?? nothing;
    this.#unread = null;
    // What was said while it was answered holds for what follows, too.
    if (this.#isRetired) this.#answering?.stop(sessionOver());
    return { socket: this.#socket, first };
  }

  /** Its descriptor is free when this returns. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** With the answer that is under way; a session, which may go on for long, is told to end. */
  retire(): void {
    this.#isRetired = true;
    if (this.#phase === "session") this.#answering?.stop(sessionOver());
  }

  onDue(): void {
    this.dueAt = never;
    if (this.#phase === "head") this.#refuse(tooSlow());
    else if (this.#phase === "body") this.#answering?.stop(tooSlow());
    else this.destroy();
  }

  #hear(bytes: Buffer): void {
    switch (this.#phase) {
      case "idle":
        this.#phase = "head";
        this.dueAt = this.#hearing.passes.after(this.#hearing.headersTimeoutMs);
        return this.#parse(bytes);
      case "head":
        return this.#parse(bytes);
      case "body":
        return this.#request?.body.isWanted && this.#parser ? this.#parse(bytes) : this.#keep(bytes);
      case "answer":
        return this.#keep(bytes);
      case "closing":
      case "session":
    }
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#unread = this.#unread === null ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#socket.pause();
  }

  #parse(bytes: Buffer): void {
    const parser = (this.#parser ??= this.#hearing.parsers.take());
    let consumed: number;
    try {
      consumed = parser.read(bytes);
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      return this.#onMalformed(error);
    }
    if (!parser.head) return;
    const isNew = this.#request === null;
    const request = (this.#request ??= this.#requestOf(parser.head));
    request.body.push(parser.body);
    if (parser.isComplete) this.#onComplete(request, parser.head.keepsAlive);
    // Before the answer, which may be given at once.
    this.#keep(bytes.subarray(consumed));
    if (isNew) this.#answering = this.#hearing.take(this, request);
  }

  #requestOf(head: MessageHead): IncomingRequest {
    this.#phase = "body";
    this.dueAt = this.#hearing.passes.after(this.#hearing.uploadTimeoutMs);
    const peerAddress = this.#socket.remoteAddress ?? null;
    const certificate = this.#prove?.() ?? null;
    return new IncomingRequest(headOf(head, { peerAddress, certificate }), head.keepsAlive);
  }

  #onComplete(request: IncomingRequest, keepsAlive: boolean): void {
    if (this.#parser) this.#hearing.parsers.giveBack(this.#parser);
    this.#parser = null;
    this.#phase = "answer";
    this.dueAt = never;
    request.complete(keepsAlive);
  }

  /** What is wrong with the body of a request that was taken is its pipeline's matter. All else is no request. */
  #onMalformed(error: MalformedMessageError): void {
    this.#dropParser();
    const fault = refusalOf(error);
    if (this.#answering) this.#answering.stop(fault);
    else this.#refuse(fault);
  }

  /** The caller has said all it has to say, and may have its answer yet (RFC 9112 §9.6). */
  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#phase === "head" && this.#isCutOff()) this.#refuse(malformed());
    else if (this.#phase === "head" || this.#phase === "idle") this.#hangUp();
    else if (this.#phase === "body") this.#answering?.stop(malformed());
    else if (this.#phase === "answer") this.#answering?.soundOut();
  }

  #isCutOff(): boolean {
    try {
      this.#parser?.finish();
      return false;
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      return true;
    }
  }

  #onClose(): void {
    this.dueAt = never;
    const isSession = this.#phase === "session";
    this.#phase = "closing";
    this.#dropParser();
    this.#unread = null;
    this.#request = null;
    const answering = this.#answering;
    this.#answering = null;
    // How a session ended, its own reader knows better.
    if (!isSession) answering?.onGone();
  }

  #refuse(fault: GatewayError): void {
    void this.leaveUnread(this.#hearing.refusalText(fault));
  }

  #hangUp(): void {
    const isAllRead = this.#unread === null;
    this.#linger();
    // Then there is nothing that the kernel could answer with a reset.
    this.#socket.end(() => isAllRead && this.#socket.destroy());
  }

  #linger(): void {
    this.#phase = "closing";
    this.dueAt = this.#hearing.passes.after(lingerMs);
    this.#dropParser();
    this.#unread = null;
    this.#request = null;
    this.#answering = null;
    this.#socket.pause();
  }

  #dropParser(): void {
    this.#parser?.free();
    this.#parser = null;
  }
}

const nothing = new Uint8Array();
