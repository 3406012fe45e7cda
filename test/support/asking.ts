// Calls to an engine as promises and pieces, for tests that read an answer from its beginning to its end.
import {
  type AnswerHeaders,
  type AnswerReceiver,
  type CallUnderWay,
  type EngineConnection,
  UpstreamError,
} from "../../src/providers/provider.ts";
import type { TestCall } from "./upstream-call.ts";

export interface TestAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Read at the reader's pace. Leaving the loop early cancels the call, and so does the call's signal. */
  readonly body: AsyncIterableIterator<Uint8Array, undefined>;
}

export interface AskedConnection extends Omit<EngineConnection, "call"> {
  call(call: TestCall): Promise<TestAnswer>;
}

export function asking(connection: EngineConnection): AskedConnection {
  return {
    call: (call) => answerTo(call, (asked, receiver) => connection.call(asked, receiver)),
    probe: (signal) => connection.probe(signal),
    isSilent: (signal) => connection.isSilent(signal),
    resize: (most) => connection.resize?.(most),
    drain: () => connection.drain(),
    close: () => connection.close(),
  };
}

/** What `send` throws is what the promise rejects with. */
export async function answerTo(
  call: TestCall,
  send: (call: TestCall, receiver: AnswerReceiver) => CallUnderWay,
): Promise<TestAnswer> {
  let hasLeft = false;
  const watched: TestCall = {
    ...call,
    mayGo: () => call.mayGo(),
    onFirstByte() {
      hasLeft = true;
      call.onFirstByte();
    },
  };
  const gathering = new Gathering();
  if (call.signal.aborted) throw new UpstreamError("aborted", { mayHaveArrived: false });
  const underWay = send(watched, gathering);
  gathering.underWay = underWay;
  call.signal.addEventListener("abort", () => {
    underWay.cancel();
    gathering.fail(new UpstreamError("aborted", { mayHaveArrived: hasLeft }));
  });
  return gathering.answer.promise;
}

class Gathering implements AnswerReceiver, AsyncIterableIterator<Uint8Array, undefined> {
  readonly answer = Promise.withResolvers<TestAnswer>();
  underWay: CallUnderWay | null = null;
  readonly #pieces: Uint8Array[] = [];
  #hasEnded = false;
  #error: Error | null = null;
  #wake: (() => void) | null = null;

  onHead(status: number, headers: AnswerHeaders): void {
    this.underWay?.pause();
    this.answer.resolve({ status, headers, body: this });
  }

  onBytes(bytes: Uint8Array): void {
    this.#pieces.push(Uint8Array.from(bytes));
    this.underWay?.pause();
    this.#wake?.();
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  onFailure(error: Error): void {
    this.#error ??= error;
    this.answer.reject(error);
    this.#wake?.();
  }

  /** Nobody wants what is held. */
  fail(error: Error): void {
    if (this.#hasEnded) return;
    this.#pieces.length = 0;
    this.onFailure(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (true) {
      const value = this.#pieces.shift();
      if (value) return { value, done: false };
      if (this.#error) throw this.#error;
      if (this.#hasEnded) return { value: undefined, done: true };
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.underWay?.resume();
      await promise;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#hasEnded = true;
    this.#pieces.length = 0;
    this.underWay?.cancel();
    return { value: undefined, done: true };
  }
}
