// Messages of HTTP/1.1 in a stream of bytes, one after the other. No socket, no clock.
import { Llhttp, type LlhttpError, pieceBytes } from "./llhttp.ts";

export interface MessageHead {
  /** Upper-case; empty in an answer. */
  readonly method: string;
  /** As it came, of any form (RFC 9112 §3.2); empty in an answer. */
  readonly target: string;
  /** 0 in a request. */
  readonly status: number;
  /** `1.1`. */
  readonly httpVersion: string;
  /** Names and values by turns, as they came and in their order; each byte is one character (Latin-1). */
  readonly rawHeaders: readonly string[];
  /** Whether another message may follow on the connection (RFC 9112 §9.3). A trailer may take it back: it holds at the end. */
  readonly keepsAlive: boolean;
}

/** What came is no HTTP/1.1, or more of it than may be. */
export class MalformedMessageError extends Error {
  /** llhttp's word for it, or `HEADER_OVERFLOW`: never a piece of what came. */
  readonly reason: string;

  constructor(reason: string) {
    super(`no HTTP/1.1: ${reason}`);
    this.name = "MalformedMessageError";
    this.reason = reason;
  }
}

interface ParserLimits {
  /** Of the target, names and values of one head, and of one body's trailers. */
  readonly maxHeaderBytes: number;
}

/** A header of one letter has four bytes around it, and a chunk of one byte five. What is longer is made to be. */
const maxFramingPerByte = 6;

/**
 * Reads one message at a time. After each `read` the fields tell what came with it; a message that `isComplete` gives way
 * to the next one at the next `read`. `free` must be called once, and nothing after it.
 */
export class MessageParser {
  /** Null until all of it has come. */
  head: MessageHead | null = null;
  /** What the last `read` brought of it: views of the bytes that were read. */
  body: Uint8Array[] = [];
  isComplete = false;
  readonly #llhttp: Llhttp;
  readonly #maxHeaderBytes: number;
  #piece: Buffer = emptyPiece;
  #target = "";
  #rawHeaders: string[] = [];
  /** The name or value before was cut by the end of a piece, if the next one is of its kind. */
  #last: "name" | "value" = "value";
  #headerBytes = 0;
  #framingBytes = 0;
  #contentBytes = 0;
  #isOverflown = false;
  /** What llhttp takes, and others may frame otherwise. */
  #fault: LlhttpError | null = null;

  constructor(kind: "request" | "response", { maxHeaderBytes }: ParserLimits) {
    this.#maxHeaderBytes = maxHeaderBytes;
    this.#llhttp = new Llhttp(kind, {
      onTarget: (at, length) => void (this.#target += this.#text(at, length)),
      onFieldName: (at, length) => this.#onField("name", at, length),
      onFieldValue: (at, length) => this.#onField("value", at, length),
      onHead: (keepsAlive) => this.#onHead(keepsAlive),
      onBody: (at, length) => this.#onBody(at, length),
      onComplete: (keepsAlive) => this.#onComplete(keepsAlive),
    });
  }

  /** Something of a message has come, and not yet all of it. */
  get isWithin(): boolean {
    return !this.isComplete && (this.head !== null || this.#headerBytes > 0);
  }

  /**
   * Reads on until the message is complete or `bytes` are. Returns how many of them were read.
   * @throws MalformedMessageError
   */
  read(bytes: Buffer): number {
    if (this.isComplete) this.#begin();
    this.body = [];
    let consumed = 0;
    while (consumed < bytes.length && !this.isComplete) {
      consumed += this.#readPiece(bytes.subarray(consumed, consumed + pieceBytes));
    }
    return consumed;
  }

  /**
   * The other end has ended its half of the connection.
   * @throws MalformedMessageError where that cuts a message off.
   */
  finish(): void {
    this.body = [];
    if (!this.isComplete) this.#check(this.#llhttp.finish());
  }

  free(): void {
    this.#llhttp.free();
  }

  #begin(): void {
    this.head = null;
    this.isComplete = false;
    this.#target = "";
    this.#rawHeaders = [];
    this.#last = "value";
    this.#headerBytes = 0;
    this.#framingBytes = 0;
    this.#contentBytes = 0;
  }

  #readPiece(piece: Buffer): number {
    const contentBefore = this.#contentBytes;
    this.#piece = piece;
    const { consumed, error } = this.#llhttp.execute(piece);
    this.#piece = emptyPiece;
    this.#framingBytes += consumed - (this.#contentBytes - contentBefore);
    this.#check(error);
    return consumed;
  }

  /** llhttp bounds neither heads nor the extensions of chunks (RFC 9112 §7.1.1). */
  #check(error: LlhttpError | null): void {
    const fault = error ?? this.#fault;
    if (fault !== null) throw new MalformedMessageError(fault);
    const maxFraming = maxFramingPerByte * (this.#maxHeaderBytes + this.#contentBytes);
    if (this.#isOverflown || this.#framingBytes > maxFraming)
      throw new MalformedMessageError("HEADER_OVERFLOW");
  }

  #text(at: number, length: number): string {
    this.#headerBytes += length;
    // Counted on, kept no more.
    if (this.#headerBytes > this.#maxHeaderBytes) this.#isOverflown = true;
    return this.#isOverflown ? "" : this.#piece.toString("latin1", at, at + length);
  }

  #onField(kind: "name" | "value", at: number, length: number): void {
    const text = this.#text(at, length);
    // Of a trailer (RFC 9110 §6.5), which nobody here asks for.
    if (this.head !== null) return;
    if (this.#last === kind) this.#rawHeaders[this.#rawHeaders.length - 1] += text;
    else this.#rawHeaders.push(text);
    this.#last = kind;
  }

  #onHead(keepsAlive: boolean): void {
    const { method, status, httpVersion } = this.#llhttp;
    this.#fault = framingFault(httpVersion, this.#rawHeaders);
    this.head = {
      method: status === 0 ? method : "",
      target: this.#target,
      status,
      httpVersion,
      rawHeaders: this.#rawHeaders.map(withoutSpace),
      keepsAlive: keepsAlive && !saysClose(this.#rawHeaders),
    };
    this.#headerBytes = 0;
  }

  #onComplete(keepsAlive: boolean): void {
    this.isComplete = true;
    if (this.head && !keepsAlive) this.head = { ...this.head, keepsAlive };
  }

  #onBody(at: number, length: number): void {
    this.#contentBytes += length;
    this.body.push(this.#piece.subarray(at, at + length));
  }
}

/**
 * Of a head that another reader could find another message in (RFC 9112 §6.1, §6.3, §9.3). llhttp knows a version of
 * other numbers, and one of none; it takes an empty coding for none, codings that nobody here undoes, and one with a tab
 * behind it for another.
 */
function framingFault(httpVersion: string, rawHeaders: readonly string[]): LlhttpError | null {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return "INVALID_VERSION";
  let codings = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== "transfer-encoding") continue;
    codings++;
    if (!/^chunked *$/i.test(rawHeaders[index + 1] ?? "")) return "INVALID_TRANSFER_ENCODING";
  }
  const most = httpVersion === "1.1" ? 1 : 0;
  return codings > most ? "INVALID_TRANSFER_ENCODING" : null;
}

/** Of whoever says both, llhttp keeps HTTP/1.0 alive; and it takes `close` with a tab behind it for something else. */
function saysClose(rawHeaders: readonly string[]): boolean {
  return rawHeaders.some(
    (text, index) =>
      index % 2 === 1 && closeOption.test(text) && rawHeaders[index - 1]?.toLowerCase() === "connection",
  );
}

const closeOption = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;

/** llhttp leaves out the space before a value, not the one after it (RFC 9112 §5.1). */
function withoutSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return end === text.length ? text : text.slice(0, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

const emptyPiece = Buffer.alloc(0);
