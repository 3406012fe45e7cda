import type { Socket } from "node:net";
import { fail } from "../../base/index.ts";
import { deadlines, monotonicNow, type Timed } from "../../clock/index.ts";
import { MalformedMessageError, type MessageHead, MessageParser } from "../../http1/index.ts";
import { headersOf, idleMsOf, isInterim } from "./answer-head.ts";
import { lengthOf } from "./request-heads.ts";
import type { Admission, AttestedKeys } from "../attestation/attested-keys.ts";
import { askForEvidence, attestationTimeoutMs } from "./attestation-call.ts";
import { connectTimeoutMs, type Dial, type DialledSocket, peerKeyHash } from "./dial.ts";
import type { Holder, Message, OpenCall } from "./open-call.ts";

const maxHeaderBytes = 16_384;
/** A server that is at work says so now and then (RFC 2518 §10.1); one that says nothing else is none. */
const mostInterimAnswers = 100;
/** A piece that is longer goes out as it lies. To copy a shorter one to the head costs less than a piece more in the write. */
const copiedBytes = 4_096;

/** What the other end has to show before the connection carries anything else. */
export interface Gate {
  readonly keys: AttestedKeys;
  /** The head of the request that asks for it at a path. */
  readonly head: (path: string) => string;
}

interface Owner {
  made(socket: CallSocket): void;
  /** Its call has ended well: it may take another. */
  free(socket: CallSocket): void;
  /** It is closed. `cause`: why it could not be made; null where it was, or was given up. */
  gone(socket: CallSocket, cause: string | null): void;
}

/** One for all sockets of the thread: whoever is told of bytes deals with them at once. */
const joinedPieces = Buffer.allocUnsafeSlow(65_536);

/** `proving`: made, but what its other end runs is not known yet. */
export interface Terms {
  /** Null: whoever answers there may be asked. */
  readonly gate: Gate | null;
  /** How each connection proves by being made that the other end is the operator's own; null where it does not. */
  readonly identity: string | null;
}

type State = "connecting" | "proving" | "open" | "closed";

/**
 * One connection, and at most one call on it at a time. INVARIANT: a call is asked whether it may go in the turn that
 * writes it, and right before; after anything but a whole answer, alone on a connection that may go on, it is closed.
 */
export class CallSocket implements Timed, Holder, DialledSocket {
  dueAtMs: number = Infinity;
  readonly #owner: Owner;
  readonly #parser: MessageParser = new MessageParser("response", { maxHeaderBytes });
  readonly #socket: Socket;
  #state: State = "connecting";
  #call: OpenCall | null = null;
  #interimAnswers = 0;
  #isPaused = false;
  /** For how long it may be kept after the call under way. */
  #idleMs = 0;
  #idleSinceMs = 0;
  #failedBy: string | null = null;
  readonly #gate: Gate | null;
  readonly #identity: string | null;
  #admission: Admission | null = null;

  constructor(owner: Owner, dial: Dial, { gate, identity }: Terms) {
    this.#owner = owner;
    this.#gate = gate;
    this.#identity = identity;
    this.#socket = dial(this);
    deadlines.add(this);
    this.#setDue(connectTimeoutMs);
  }

  get isBusy(): boolean {
    return this.#call !== null;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Whether the next call may be written to it, if there is one. */
  get isUsable(): boolean {
    return this.#state === "open" && (this.#admission === null || monotonicNow() < this.#admission.until);
  }

  get identity(): string | null {
    return this.#admission?.evidence ?? this.#identity;
  }

  /** For how long nobody has used it. */
  get idleMs(): number {
    return monotonicNow() - this.#idleSinceMs;
  }

  /** False where the call may not go: nothing was written, and it has ended. */
  take(call: OpenCall): boolean {
    if (!call.leave()) return false;
    call.heldBy(this);
    this.#call = call;
    this.#interimAnswers = 0;
    this.#write(call.message);
    this.#setDue(call.message.headersTimeoutMs);
    return true;
  }

  /** At once; a call on it is cut. */
  close(): void {
    this.#giveUp("ECONNABORTED");
  }

  abandon(): void {
    this.#call = null;
    this.#destroy();
  }

  pause(): void {
    this.#isPaused = true;
    this.#setDue(Infinity);
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#setDue(this.#call?.message.idleTimeoutMs ?? 0);
    this.#socket.resume();
  }

  onDue(): void {
    const call = this.#call;
    if (this.#state === "connecting") this.#failedBy = "ETIMEDOUT";
    this.#call = null;
    this.#destroy();
    call?.fail(call.hasAnswer ? "stalled" : "headers_timeout");
  }

  onMade(): void {
    if (this.#gate !== null) return void this.#prove(this.#gate);
    this.#state = "open";
    this.#becomeIdle(unusedMs);
    this.#owner.made(this);
  }

  async #prove({ keys, head }: Gate): Promise<void> {
    this.#state = "proving";
    this.#setDue(attestationTimeoutMs);
    const key = peerKeyHash(this.#socket);
    let hasAsked = false;
    const ask = (path: string): Promise<Uint8Array | null> => {
      hasAsked = true;
      return askForEvidence(head(path), (call) => this.take(call));
    };
    const admitted = key === null ? fail("relayed" as const) : await keys.admit(key, ask);
    if (!admitted.ok) this.#failedBy ??= `attestation_${admitted.error}`;
    if (this.isClosed) return;
    if (!admitted.ok) return this.#destroy();
    this.#admission = admitted.value;
    this.#state = "open";
    if (hasAsked) return this.#owner.free(this);
    this.#becomeIdle(unusedMs);
    this.#owner.made(this);
  }

  /** Returns whether there may be more. */
  onBytes(bytes: Buffer): boolean {
    if (this.#call === null) {
      // Nobody has asked (RFC 9112 §9.3): they are never the next call's.
      this.#destroy();
      return false;
    }
    try {
      this.#read(bytes, this.#call);
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      this.#refuse();
    }
    return !this.#isPaused;
  }

  onEnd(): void {
    const call = this.#call;
    if (call?.hasAnswer && this.#endsByEnd()) {
      this.#call = null;
      call.complete();
    }
    this.#giveUp("ECONNRESET");
  }

  onError(code: string): void {
    if (this.#state === "connecting") this.#failedBy = code;
    this.#giveUp(code);
  }

  onClose(): void {
    this.#giveUp("ECONNRESET");
    this.#parser.free();
    deadlines.delete(this);
    this.#owner.gone(this, this.#failedBy);
  }

  #write({ head, body }: Message): void {
    const socket = this.#socket;
    let copied = 0;
    while (copied < body.length && (body[copied]?.length ?? 0) <= copiedBytes) copied++;
    const first = joined(head, body.slice(0, copied));
    if (copied === body.length) return void socket.write(first);
    socket.cork();
    socket.write(first);
    for (let at = copied; at < body.length; at++) socket.write(body[at] ?? nothing);
    socket.uncork();
  }

  #read(bytes: Buffer, call: OpenCall): void {
    const consumed = this.#readPastInterim(bytes);
    const { head, isComplete } = this.#parser;
    if (head === null || isInterim(head)) return;
    if (!call.hasAnswer && !this.#begin(head, call)) return;
    const { body } = this.#parser;
    if (body.length > 0) call.push(inOnePiece(body));
    if (call.isOver) return;
    if (isComplete) this.#complete(call, consumed === bytes.length);
    else if (!call.isPaused) this.#setDue(call.message.idleTimeoutMs);
  }

  /** How many bytes are dealt with. */
  #readPastInterim(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      at += this.#parser.read(bytes.subarray(at));
      const { head, isComplete } = this.#parser;
      if (!isComplete || head === null || !isInterim(head)) break;
      if (++this.#interimAnswers > mostInterimAnswers) throw new MalformedMessageError("INTERIM_ANSWERS");
    }
    return at;
  }

  #begin(head: MessageHead, call: OpenCall): boolean {
    const headers = headersOf(head);
    this.#idleMs = idleMsOf(head, headers);
    if (call.begin(head, headers, this)) return true;
    this.abandon();
    return false;
  }

  /** Bytes after it, or a request that it did not wait for, and what is whose is not known any more. */
  #complete(call: OpenCall, isLast: boolean): void {
    this.#call = null;
    call.complete();
    // By its head at the end: a trailer may have taken back that another may follow.
    const isLastOfConnection = this.#idleMs <= 0 || this.#parser.head?.keepsAlive !== true;
    if (!isLast || isLastOfConnection || this.#socket.writableLength > 0) this.#destroy();
    else {
      this.#becomeIdle(this.#idleMs);
      if (this.#state === "open") this.#owner.free(this);
    }
  }

  #becomeIdle(forMs: number): void {
    this.resume();
    this.#idleSinceMs = monotonicNow();
    this.#setDue(forMs);
  }

  #endsByEnd(): boolean {
    try {
      this.#parser.finish();
      return this.#parser.isComplete;
    } catch {
      return false;
    }
  }

  #refuse(): void {
    const call = this.#call;
    this.abandon();
    call?.fail("garbage");
  }

  #giveUp(cause: string): void {
    const call = this.#call;
    this.abandon();
    call?.cut(cause);
  }

  #destroy(): void {
    this.#state = "closed";
    this.#setDue(Infinity);
    this.#socket.destroy();
  }

  #setDue(afterMs: number): void {
    this.dueAtMs = deadlines.after(afterMs);
    deadlines.notice(this);
  }
}

/** Of a connection that was made for a call which another one served then. */
const unusedMs = 4_000;

function inOnePiece(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first && pieces.length === 1) return first;
  let length = 0;
  for (const piece of pieces) {
    joinedPieces.set(piece, length);
    length += piece.length;
  }
  return joinedPieces.subarray(0, length);
}

const nothing = new Uint8Array();

function joined(head: string, pieces: readonly Uint8Array[]): Buffer {
  const message = Buffer.allocUnsafe(head.length + lengthOf(pieces));
  let at = message.write(head, "latin1");
  for (const piece of pieces) {
    message.set(piece, at);
    at += piece.length;
  }
  return message;
}
