import { GatewayError } from "../exchange/gateway-error.ts";

interface Reading {
  readonly maxBytes: number;
  /** What the caller has announced, where it has. */
  readonly announcedBytes: number | null;
  readonly signal: AbortSignal;
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
   * The whole body, in one piece. Rejects with what `signal` was aborted for, and with `caller_body_too_large`; then it is
   * not wanted any more.
   */
  read(reading: Reading): Promise<Uint8Array> {
    const { signal, maxBytes, announcedBytes } = reading;
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (Math.max(announcedBytes ?? 0, this.#length) > maxBytes) return Promise.reject(tooLarge(maxBytes));
    if (this.isComplete) return Promise.resolve(this.#whole());
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const onStop = (): void => this.#end((reader) => reader.reject(signal.reason));
    this.#reader = { ...reading, resolve, reject };
    signal.addEventListener("abort", onStop, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", onStop));
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
      const grown = new Uint8Array(this.#reader?.announcedBytes ?? 2 * length);
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
