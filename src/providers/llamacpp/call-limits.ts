// Whoever opens it owns its state.
import { UpstreamError, type UpstreamFailure } from "../provider.ts";

/** The caller's signal and the call's time limits as one signal, at which all work for the call stops. */
export class CallLimits {
  readonly #controller: AbortController = new AbortController();

  constructor(caller: AbortSignal) {
    if (caller.aborted) this.stop("aborted");
    else {
      const stop = (): void => this.stop("aborted");
      caller.addEventListener("abort", stop, { once: true, signal: this.signal });
    }
  }

  /** Its reason is an {@link UpstreamError}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Only the first failure counts. */
  stop(failure: UpstreamFailure): void {
    this.#controller.abort(new UpstreamError(failure));
  }

  /**
   * What `work` gives, unless the call is stopped first or the limit passes, which stops it with `failure`. Native
   * work cannot be interrupted: it may go on for one step after this has rejected.
   */
  async within<T>(limitMs: number, failure: UpstreamFailure, work: Promise<T>): Promise<T> {
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const onStop = (): void => reject(this.signal.reason as Error);
    const timer = setTimeout(() => this.stop(failure), limitMs);
    this.signal.addEventListener("abort", onStop, { once: true });
    if (this.signal.aborted) onStop();
    try {
      // `stopped` comes first: a stopped call must not end as if it were whole because that very stop ended its work.
      return await Promise.race([stopped, work]);
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener("abort", onStop);
    }
  }
}
