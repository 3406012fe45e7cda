// What ends a dispatch, and the answer that it led to, before they end by themselves. Owner: the request.
import { elapsedMs, later, type MonotonicMs } from "../../base/index.ts";
import { deadlines, type Timed } from "../../clock/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";

/** What ends one attempt: its dispatch, or what concerns it alone. */
export interface AttemptEnding {
  /** Null while nothing has ended it. */
  readonly reason: Error | null;
  readonly leftMs: number;
  throwIfEnded(): void;
  /** `tell` is called when it is ended, in the same turn. Null: no call is under way. */
  cuts(tell: (() => void) | null): void;
  readonly end: (reason: Error) => void;
  /** The head of an answer is there. */
  noteBegun(): void;
  /** Its answer, or its refusal, is the request's. Throws where that of an attempt beside it is already. */
  win(): void;
}

/** Of one dispatch: its deadline, its caller who leaves, the law that overtakes it. INVARIANT: the first reason stands. */
export class Ending implements AttemptEnding, Timed {
  readonly dueAtMs: number;
  readonly #exchange: Exchange;
  readonly #at: MonotonicMs;
  #reason: Error | null = null;
  #tell: (() => void) | null = null;
  /** Only for who waits for something else than an engine. */
  #waiting: AbortController | null = null;

  constructor(exchange: Exchange) {
    const { cell } = exchange;
    const { deadlineMs } = cell.limits;
    this.#exchange = exchange;
    this.#at = later(cell.monotonicNow(), deadlineMs);
    this.dueAtMs = deadlines.after(deadlineMs);
    deadlines.add(this);
    exchange.whenStopped(this.end);
  }

  get reason(): Error | null {
    return this.#reason;
  }

  /** Until the deadline. */
  get leftMs(): number {
    return elapsedMs(this.#exchange.cell.monotonicNow(), this.#at);
  }

  /** For a wait, not for a call. */
  get signal(): AbortSignal {
    this.#waiting ??= new AbortController();
    if (this.#reason) this.#waiting.abort(this.#reason);
    return this.#waiting.signal;
  }

  throwIfEnded(): void {
    if (this.#reason) throw this.#reason;
  }

  /** There is one call under way at a time, or one race. */
  cuts(tell: (() => void) | null): void {
    this.#tell = tell;
  }

  readonly end = (reason: Error): void => {
    if (this.#reason) return;
    this.#reason = reason;
    this.stopClock();
    this.#waiting?.abort(reason);
    this.#tell?.();
  };

  noteBegun(): void {
    // Nobody is asked beside it.
  }

  win(): void {
    // Nobody else could have.
  }

  /** The deadline is met. A caller that leaves later still ends the call, for as long as its answer comes. */
  stopClock(): void {
    deadlines.delete(this);
  }

  onDue(): void {
    const { deadlineMs } = this.#exchange.cell.limits;
    this.end(new GatewayError("provider_timeout", `no endpoint began to answer within ${deadlineMs} ms`));
  }
}
