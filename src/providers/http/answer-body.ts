// The body of one answer, between the socket that brings it and the one who reads it.

/** More than this, unread, and the socket is read no further; a read brings 64 KiB at most. */
const mostHeldBytes = 128 * 1024;

interface Way {
  /** There is room again. */
  resume(): void;
  /** The reader has left before the end. */
  leave(): void;
}

interface Reader {
  resolve(result: IteratorResult<Uint8Array, undefined>): void;
  reject(error: Error): void;
}

/**
 * For one reader, who asks for one piece at a time. Each piece is what one read brought. By hand and not a generator over
 * a stream: those cost more than all else that a call does (decision 0041).
 */
export class AnswerBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #way: Way;
  readonly #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  #reader: Reader | null = null;
  #hasEnded = false;
  #error: Error | null = null;

  constructor(way: Way) {
    this.#way = way;
  }

  /** As much is held as may be. */
  get isFull(): boolean {
    return this.#heldBytes >= mostHeldBytes;
  }

  push(piece: Uint8Array): void {
    if (this.#hasEnded) return;
    const reader = this.#takeReader();
    if (reader) {
      reader.resolve({ value: piece, done: false });
      return;
    }
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
  }

  end(): void {
    this.#hasEnded = true;
    this.#takeReader()?.resolve(done);
  }

  /** What came before it is still read. */
  fail(error: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const reader = this.#takeReader();
    if (reader) reader.reject(error);
    else this.#error = error;
  }

  /** Nobody wants what is held. */
  clear(): void {
    this.#pieces.length = 0;
    this.#heldBytes = 0;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const piece = this.#pieces.shift();
    if (piece) return Promise.resolve(this.#give(piece));
    const error = this.#error;
    this.#error = null;
    if (error) return Promise.reject(error);
    if (this.#hasEnded) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    const isEarly = !this.#hasEnded;
    this.#error = null;
    this.clear();
    this.end();
    if (isEarly) this.#way.leave();
    return Promise.resolve(done);
  }

  #give(piece: Uint8Array): IteratorResult<Uint8Array, undefined> {
    const wasFull = this.isFull;
    this.#heldBytes -= piece.length;
    if (wasFull && !this.isFull && !this.#hasEnded) this.#way.resume();
    return { value: piece, done: false };
  }

  #takeReader(): Reader | null {
    const reader = this.#reader;
    this.#reader = null;
    return reader;
  }
}

const done = { value: undefined, done: true } as const;
