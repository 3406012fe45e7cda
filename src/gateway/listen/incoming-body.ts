import type { Soon, Stoppable } from "../exchange/channel.ts";
import { GatewayError } from "../exchange/gateway-error.ts";

interface Reading {
  readonly maxBytes: number;
  /** What the caller has announced, where it has. */
  readonly announcedBytes: number | null;
  readonly request: Stoppable;
}

interface Reader extends Reading {
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/** The body of one request, as far as it has come. What came with the head is kept; for more than that somebody must read. */
export class IncomingBody {
  isComplete = false;
  #bytes: Uint8Array = nothing;
  #length = 0;
  #reader: Reader | null = null;

  /** Somebody reads, and all of it has not come yet. */
  get isWanted(): boolean {
    return this.#reader !== null;
  }

  /**
   * The whole body, in one piece; at once where all of it has come. Throws what the request is stopped for, or rejects with
   * it, and `caller_body_too_large`; then it is not wanted any more.
   */
  read(reading: Reading): Soon<Uint8Array> {
    const { request, maxBytes, announcedBytes } = reading;
    if (request.stopReason !== null) throw request.stopReason;
    if (Math.max(announcedBytes ?? 0, this.#length) > maxBytes) throw tooLarge(maxBytes);
    return this.isComplete ? this.#whole() : this.#readOn(reading);
  }

  #readOn(reading: Reading): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#reader = { ...reading, resolve, reject };
    const unlink = reading.request.whenStopped((reason) => this.#end((reader) => reader.reject(reason)));
    return promise.finally(unlink);
  }

  push(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#add(part);
  }

  complete(): void {
    this.isComplete = true;
    this.#end((reader) => reader.resolve(this.#whole()));
  }

  #add(part: Uint8Array): void {
    const length = this.#length + part.length;
    const { maxBytes } = this.#reader ?? { maxBytes: Number.POSITIVE_INFINITY };
    if (length > maxBytes) return this.#end((reader) => reader.reject(tooLarge(maxBytes)));
    // One that comes in one piece is that piece.
    if (this.#length === 0) this.#bytes = part;
    else this.#append(part, length);
    this.#length = length;
  }

  /** Into room for all of it: a body of one-byte chunks takes no more memory than its bytes. */
  #append(part: Uint8Array, length: number): void {
    if (length > this.#bytes.length) {
      // Nobody sees more of it than was written.
      const grown = Buffer.allocUnsafeSlow(this.#reader?.announcedBytes ?? 2 * length);
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#length);
  }

  #whole(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #end(how: (reader: Reader) => void): void {
    const reader = this.#reader;
    this.#reader = null;
    if (reader) how(reader);
  }
}

const nothing = new Uint8Array();

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError("caller_body_too_large", `the body is larger than ${maxBytes} bytes`);
}
