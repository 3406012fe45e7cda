// Whoever opens it owns its state.
import type { CallUnderWay } from "../provider.ts";

/** One call to a model in this process, at its receiver's pace. */
export class LocalCall implements CallUnderWay {
  readonly #leaving: AbortController = new AbortController();
  /** While it is paused. */
  #room: PromiseWithResolvers<void> | null = null;

  /** Aborted when the call is cancelled. */
  get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  pause(): void {
    this.#room ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#room?.resolve();
    this.#room = null;
  }

  cancel(): void {
    this.#leaving.abort();
    this.resume();
  }

  /** Tells the receiver one thing, unless it has cancelled the call, and waits until it takes more. Throws once it has. */
  async tell(tell: () => void): Promise<void> {
    this.signal.throwIfAborted();
    tell();
    await this.#room?.promise;
  }
}
