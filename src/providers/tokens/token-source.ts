import { elapsedMs, later, type MonotonicClock, type MonotonicMs } from "../../base/index.ts";
import { steadyNow } from "../../clock/index.ts";
import { type AccessToken, askTimeoutMs, TokenError, type TokenFault } from "./access-token.ts";

/** Asks once, and rejects with {@link TokenError} for whatever is no token. */
export type AskForToken = (signal: AbortSignal) => Promise<AccessToken>;

interface SourceOptions {
  /** Default: a clock that counts the time asleep, by which a token ends too. */
  readonly now?: MonotonicClock;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

interface Held {
  readonly value: string;
  readonly askedAt: MonotonicMs;
  readonly endsAt: MonotonicMs;
}

/**
 * A token that ends by itself and is renewed before. Owner: the connection of one endpoint in one gateway thread. INVARIANT:
 * one request for a token at a time; the token of before is used as long as it is good; after a failure nobody is asked for a
 * while, whoever calls. Nothing of it outlives the process.
 */
export class TokenSource {
  readonly #ask: AskForToken;
  readonly #now: MonotonicClock;
  readonly #random: () => number;
  readonly #end = new AbortController();
  #held: Held | null = null;
  #renewing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** In a row. */
  #failureCount = 0;
  #fault: TokenFault = "token_unreachable";
  #askAgainAt: MonotonicMs | null = null;

  constructor(ask: AskForToken, { now = steadyNow, random = Math.random }: SourceOptions = {}) {
    this.#ask = ask;
    this.#now = now;
    this.#random = random;
  }

  /** Null where none is good now. */
  get good(): string | null {
    const held = this.#held;
    return held !== null && elapsedMs(this.#now(), held.endsAt) > 0 ? held.value : null;
  }

  /** Why there is none. */
  get fault(): TokenFault {
    return this.#fault;
  }

  /** For the turn that writes it, which has seen that it is good: it may end while that turn lasts. */
  get latest(): string | null {
    return this.#held?.value ?? null;
  }

  /** Null where none is to be had. Never rejects; ends within {@link askTimeoutMs}, and at once when it is stopped. */
  async whenGood(): Promise<string | null> {
    const { good } = this;
    if (good !== null || this.#isResting()) return good;
    await this.#renew();
    return this.good;
  }

  /**
   * Whoever it was shown to refused it, so it is shown no more, and the next call asks for another one. One that is not held any
   * more is dropped already. A young one stays: another would fare no better, and whoever is always refused would have each
   * call ask for one. Nor is there a rest without one, which would take it from those who are not refused.
   */
  drop(value: string): void {
    const held = this.#held;
    if (held?.value === value && elapsedMs(held.askedAt, this.#now()) >= youngMs) this.#held = null;
  }

  stop(): void {
    this.#end.abort();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #isResting(): boolean {
    return this.#askAgainAt !== null && elapsedMs(this.#now(), this.#askAgainAt) > 0;
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#askOnce().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #askOnce(): Promise<void> {
    // Its life is counted from before it was made, whatever the way took.
    const askedAt = this.#now();
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(askTimeoutMs)]);
    try {
      // Not all that is done on the way heeds a signal: a disk that hangs does not.
      const token = await Promise.race([this.#ask(signal), whenAborted(signal)]);
      if (token === null) throw new TokenError("token_unreachable");
      const { value, lifeMs } = token;
      this.#held = { value, askedAt, endsAt: later(askedAt, lifeMs - Math.min(marginMs, lifeMs / 10)) };
      this.#failureCount = 0;
      this.#askAgainAt = null;
      this.#renewIn(lifeMs * (renewedFrom + (renewedTo - renewedFrom) * this.#random()));
    } catch (error) {
      this.#fail(error instanceof TokenError ? error.fault : "token_unreachable");
    }
  }

  #fail(fault: TokenFault): void {
    this.#fault = fault;
    const restMs = Math.min(longestRestMs, firstRestMs * 2 ** this.#failureCount++);
    const inMs = restMs * (1 - this.#random() / 2);
    this.#askAgainAt = later(this.#now(), inMs);
    // Where none is good, the next call asks.
    if (this.good !== null) this.#renewIn(inMs);
  }

  #renewIn(inMs: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (!this.#end.signal.aborted) this.#timer = setTimeout(() => void this.#renew(), inMs).unref();
  }
}

export function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}

const youngMs = 10_000;
/** One that is this near to its end may be over before it is read. */
const marginMs = 10_000;
/** Parts of its life, so that not all cells and threads ask at once. */
const [renewedFrom, renewedTo] = [0.75, 0.85];
const [firstRestMs, longestRestMs] = [1_000, 60_000];
