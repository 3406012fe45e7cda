// What ends a dispatch, and the answer that it led to, before they end by themselves. Owner: the request.
import { elapsedMs, later, type MonotonicMs } from "../../base/index.ts";
import { deadlines, type Timed } from "../../clock/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";

/** Of one dispatch: its deadline, its caller who leaves, the law that overtakes it. INVARIANT: the first reason stands. */
export class Ending implements Timed {
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

  /** Null while nothing has ended it. */
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

  /** `tell` is called when it is ended, in the same turn. There is one call under way at a time; null: there is none. */
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

  /** The deadline is met. A caller that leaves later still ends the call, for as long as its answer comes. */
  stopClock(): void {
    deadlines.delete(this);
  }

  onDue(): void {
    const { deadlineMs } = this.#exchange.cell.limits;
    this.end(new GatewayError("provider_timeout", `no endpoint began to answer within ${deadlineMs} ms`));
  }
}
