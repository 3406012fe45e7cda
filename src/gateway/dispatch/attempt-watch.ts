// What ends one attempt before it ends by itself. Owner: the attempt.
import { type Deadlines, deadlines, type Timed } from "../../clock/index.ts";
import { UpstreamError } from "../../providers/index.ts";
import { type Failure, firstTokenLate, ofUpstream, silent } from "./failure.ts";

interface WatchOptions {
  /** Null: a stream may begin as late as the deadline lets it. */
  readonly firstTokenMs: number | null;
  readonly deadlineMs: number;
  /** Whether nobody answers there, not even with a refusal. */
  readonly isSilent: (signal: AbortSignal) => Promise<boolean>;
  /** Called once at most, and never after {@link AttemptWatch.end}. */
  readonly onFailure: (failure: Failure) => void;
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
export class AttemptWatch implements Timed {
  dueAtMs: number = Infinity;
  readonly #options: WatchOptions;
  readonly #deadlines: Deadlines;
  #hasEnded = false;
  #firstTokenAtMs = Infinity;
  #probeAtMs: number;
  #pieceAtMs = Infinity;
  #silences = 0;
  #isWaiting = true;
  /** Asks whether anybody is there, while it does. */
  #probe: AbortController | null = null;

  constructor(options: WatchOptions, timer: Deadlines = deadlines) {
    this.#options = options;
    this.#deadlines = timer;
    if (options.firstTokenMs !== null) this.#firstTokenAtMs = this.#deadlines.after(options.firstTokenMs);
    this.#probeAtMs = this.#deadlines.after(probeEveryMs(options));
    this.#setDue();
    this.#deadlines.add(this);
  }

  /** The answer has begun: silence is now what the idle limit says. */
  hasBegun(): void {
    this.#isWaiting = false;
    this.#firstTokenAtMs = this.#probeAtMs = Infinity;
    this.#probe?.abort();
    this.#setDue();
  }

  /** The next piece of the answer, or its end, may take that long from now on. */
  expectPiece(withinMs: number): void {
    this.#pieceAtMs = this.#deadlines.after(withinMs);
    this.#setDue();
  }

  /** It is not waited for. */
  expectNothing(): void {
    this.#pieceAtMs = Infinity;
    this.#setDue();
  }

  end(): void {
    this.#hasEnded = true;
    this.hasBegun();
    this.#deadlines.delete(this);
  }

  onDue(): void {
    const now = this.#deadlines.after(0);
    if (this.#pieceAtMs <= now) return this.#fail(ofUpstream(new UpstreamError("stalled")));
    if (this.#firstTokenAtMs <= now) return this.#fail(firstTokenLate);
    if (this.#probeAtMs <= now) void this.#ask();
  }

  #fail(failure: Failure): void {
    if (this.#hasEnded) return;
    this.end();
    this.#options.onFailure(failure);
  }

  async #ask(): Promise<void> {
    const { isSilent, deadlineMs } = this.#options;
    const patienceMs = Math.min(mostProbeMs, deadlineMs / 12);
    this.#probeAtMs = Infinity;
    this.#setDue();
    const probe = (this.#probe = new AbortController());
    const signal = AbortSignal.any([probe.signal, AbortSignal.timeout(Math.ceil(patienceMs))]);
    this.#silences = (await isSilent(signal).catch(() => true)) ? this.#silences + 1 : 0;
    this.#probe = null;
    if (!this.#isWaiting) return;
    if (this.#silences >= silencesToLeave) return this.#fail(silent);
    this.#probeAtMs = this.#deadlines.after(probeEveryMs(this.#options));
    this.#setDue();
  }

  #setDue(): void {
    this.dueAtMs = Math.min(this.#pieceAtMs, this.#firstTokenAtMs, this.#probeAtMs);
    this.#deadlines.notice(this);
  }
}

function probeEveryMs({ deadlineMs }: WatchOptions): number {
  return Math.min(mostEveryMs, deadlineMs / 24);
}
