// What ends one attempt before it ends by itself. Owner: the attempt.
import { AttemptError, type Failure, firstTokenLate, silent } from "./failure.ts";

interface WatchOptions {
  /** Of the whole dispatch: what ends it ends the attempt. */
  readonly outer: AbortSignal;
  /** Null: a stream may begin as late as the deadline lets it. */
  readonly firstTokenMs: number | null;
  readonly deadlineMs: number;
  /** Whether nobody answers there, not even with a refusal. */
  readonly isSilent: (signal: AbortSignal) => Promise<boolean>;
}

/**
 * So many probes in a row that nobody answers, and there is nobody: after a minute, or after two thirds of a short deadline,
 * for a small server may answer nobody else while it computes.
 */
const silencesToLeave = 5;
const mostEveryMs = 10_000;
const mostProbeMs = 2_000;

/**
 * A live engine may think as long as the deadline lets it: to leave it would pay for its answer twice. So an attempt is
 * given up while it waits only when probes show that nobody is there, or at the limit that the operator set for streams.
 */
export class AttemptWatch {
  readonly #ending = new AbortController();
  #isWaiting = true;
  /** Asks whether anybody is there, while it does. */
  #probe: AbortController | null = null;
  readonly #unlink: () => void;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: WatchOptions) {
    const { outer, firstTokenMs, deadlineMs } = options;
    const stop = (): void => this.#ending.abort(outer.reason);
    outer.addEventListener("abort", stop, { once: true });
    if (outer.aborted) stop();
    this.#unlink = () => outer.removeEventListener("abort", stop);
    if (firstTokenMs !== null) this.#timers.push(setTimeout(() => this.fail(firstTokenLate), firstTokenMs));
    this.#listen(options, Math.min(mostEveryMs, deadlineMs / 24));
  }

  /** For the call. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Why this attempt was ended by us, and not the dispatch; null while it was not. */
  get failure(): Failure | null {
    const { reason } = this.signal;
    return reason instanceof AttemptError ? reason.failure : null;
  }

  fail(failure: Failure): void {
    this.#ending.abort(new AttemptError(failure));
  }

  /** The answer has begun: silence is now what the idle limit says. */
  hasBegun(): void {
    this.#isWaiting = false;
    this.#probe?.abort();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Nothing ends the call any more but its own end, and {@link fail}. */
  release(): void {
    this.hasBegun();
    this.#unlink();
  }

  #listen({ isSilent, deadlineMs }: WatchOptions, everyMs: number): void {
    const patienceMs = Math.min(mostProbeMs, deadlineMs / 12);
    let silences = 0;
    const ask = async (): Promise<void> => {
      const probe = (this.#probe = new AbortController());
      const signal = AbortSignal.any([probe.signal, AbortSignal.timeout(Math.ceil(patienceMs))]);
      silences = (await isSilent(signal).catch(() => true)) ? silences + 1 : 0;
      this.#probe = null;
      if (!this.#isWaiting || this.signal.aborted) return;
      if (silences >= silencesToLeave) this.fail(silent);
      else this.#timers.push(setTimeout(() => void ask(), everyMs));
    };
    this.#timers.push(setTimeout(() => void ask(), everyMs));
  }
}
