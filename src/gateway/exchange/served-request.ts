// Owner: the thread whose listener it came by.
import type { InstantMs, MonotonicMs, RequestId } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import type { CachedAnswer } from "../../ledger/index.ts";
import type { ContentRecord } from "../../privacy/index.ts";
import type { ErrorType, OperationName } from "../../wire/index.ts";
import type { Hold } from "../limits/hold.ts";
import type { Channel, RequestHead, Stoppable } from "./channel.ts";
import type { ErrorWords } from "./error-words.ts";
import type { OpenAttempt } from "./open-attempt.ts";
import type { OpenDecision } from "./open-decision.ts";
import type { ThreadServices } from "./thread-services.ts";

/** What has happened so far, for the outcome entry, the metrics and the log. */
export interface Progress {
  /** `health`, `admin` and `witness` are not counted as requests. */
  route: OperationName | "other" | "health" | "admin" | "witness";
  /** Of the operation, where an engine answers it (wire/operation.ts). */
  genAiName: string | null;
  isStream: boolean;
  /** The alias, once it is known to be one; a caller's text before that is never kept. */
  model: string | null;
  /** The open record in the ledger; null before a decision to permit. */
  decision: OpenDecision | null;
  /** What the newest decision has reserved; null where neither tokens nor money are limited. */
  hold: Hold | null;
  /** Of its content, where the tenant has one made. */
  record: Promise<ContentRecord> | null;
  /** `<origin>#<index>` of the newest decision. */
  ledger: string | null;
  /** Of all decisions of the request. */
  attemptCount: number;
  /** Those of them that were made beside another one. */
  hedgeCount: number;
  /** The attempt whose answer, or whose refusal, goes to the caller; null until there is one. */
  answering: OpenAttempt | null;
  /** What the response cache had for it; null where it was not asked. */
  cache: CacheHit | "miss" | null;
  firstChunkAt: MonotonicMs | null;
  /** What the caller was told in the end. */
  status: number | null;
  /** The caller's connection took the whole answer; the ledger's outcome was written before its last byte. */
  isTaken: boolean;
  error: ErrorType | null;
}

/** The answer had been given before, and is given again. */
export interface CacheHit {
  readonly cached: CachedAnswer;
  readonly ageMs: number;
}

export interface Arrival {
  readonly id: RequestId;
  readonly channel: Channel;
  /** Dates the request, and nothing else. */
  readonly receivedAtMs: InstantMs;
  readonly startedAt: MonotonicMs;
  readonly words: ErrorWords;
}

/** One request and its answer, on whichever listener: a caller's (exchange.ts), or an operator's. */
export abstract class ServedRequest<Services extends ThreadServices = ThreadServices> implements Stoppable {
  readonly cell: Services;
  readonly arrival: Arrival;
  /** How errors are told: the operation's own words, once it is known which one it is. */
  words: ErrorWords;
  readonly progress: Progress = {
    route: "other",
    genAiName: null,
    isStream: false,
    model: null,
    decision: null,
    hold: null,
    record: null,
    ledger: null,
    attemptCount: 0,
    hedgeCount: 0,
    answering: null,
    cache: null,
    firstChunkAt: null,
    status: null,
    isTaken: false,
    error: null,
  };
  #stopReason: Error | null = null;
  readonly #stopListeners = new Set<(reason: Error) => void>();
  #stopping: AbortController | null = null;
  readonly #endings: (() => void)[] = [];
  #isOver = false;
  #over: PromiseWithResolvers<void> | null = null;

  constructor(cell: Services, arrival: Arrival) {
    this.cell = cell;
    this.arrival = arrival;
    this.words = arrival.words;
  }

  /** With the legal events that stand: what the answer says of the law it was given under. */
  abstract get policy(): Policy;

  get head(): RequestHead {
    return this.arrival.channel.head;
  }

  /** Resolves at the end. */
  get over(): Promise<void> {
    this.#over ??= Promise.withResolvers<void>();
    if (this.#isOver) this.#over.resolve();
    return this.#over.promise;
  }

  /** The error that it ends with, once nothing further may be done for it; null before. */
  get stopReason(): Error | null {
    return this.#stopReason;
  }

  /** For whom nothing less will do: few requests need a signal, and each costs more than all else that is kept of one. */
  get signal(): AbortSignal {
    if (this.#stopping === null) {
      this.#stopping = new AbortController();
      if (this.#stopReason !== null) this.#stopping.abort(this.#stopReason);
    }
    return this.#stopping.signal;
  }

  /** The first reason stands. */
  stop(reason: Error): void {
    if (this.#stopReason !== null) return;
    this.#stopReason = reason;
    this.#stopping?.abort(reason);
    for (const listener of this.#stopListeners) listener(reason);
    this.#stopListeners.clear();
  }

  whenStopped(listener: (reason: Error) => void): () => void {
    if (this.#stopReason !== null) listener(this.#stopReason);
    else this.#stopListeners.add(listener);
    return () => void this.#stopListeners.delete(listener);
  }

  throwIfStopped(): void {
    if (this.#stopReason !== null) throw this.#stopReason;
  }

  /** `ending` runs once, when the request is over, however it ended. */
  onEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  end(): void {
    for (const ending of this.#endings) ending();
    this.#endings.length = 0;
    this.#isOver = true;
    this.#over?.resolve();
  }
}
