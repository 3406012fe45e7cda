// One thread's side of the ledger: gathers appends, hands them to the ledger thread, keeps the promises.
// Each client's thread owns its state.
import type { EntryIndex, MonotonicMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { maxEntryBytes } from "../../ledger/index.ts";
import type { Pairing } from "../log/pairing-kind.ts";
import {
  appendWithinMs,
  type LedgerClient,
  type LedgerFailure,
  type LedgerState,
  LedgerUnavailableError,
  type LogStatus,
  type Position,
} from "../log/ledger.ts";
import { encodeMessage, messageBytes, type PairedEntry } from "./batch-message.ts";
import { ClientWords } from "./client-words.ts";
import { lookIntervalMs, Silence } from "./silence.ts";
import type { ClientToThread, ThreadToClient } from "./thread-protocol.ts";

/** Appends that wait for the disk. Beyond, callers are told so at once instead of being kept waiting. */
const maxOutstanding = 16_384;
/** A disk that has not answered for a minute does not come back while anybody waits: the process ends, and says so. */
const failedAfterMs = 60_000;
/** A message is a part of a batch of the writer; more than this is sent before the turn ends. */
const maxMessageBytes = 256 << 10;

/** Appends that travel together, and what to tell their callers. */
interface Batch {
  readonly number: number;
  readonly entries: PairedEntry[];
  readonly callers: PromiseWithResolvers<Position>[];
  bytes: number;
}

export interface ClientOptions {
  readonly log: LogStatus;
  readonly slot: number;
  readonly words: ClientWords;
  readonly tell: (request: ClientToThread) => void;
  /** Some client's append has had no answer for a minute. May come more than once. */
  readonly onStalled: () => void;
}

/**
 * It says of the log what the ledger thread told it last, so it is never ahead of the disk. INVARIANT: every append is
 * answered once, by its position or by an error.
 */
export class ThreadedClient implements LedgerClient {
  readonly #options: ClientOptions;
  #log: LogStatus;
  /** What the appends of this turn of the event loop fill. */
  #gathering: Batch = emptyBatch(0);
  /** Batches without an answer yet, by number. */
  readonly #sent = new Map<number, Batch>();
  #pendingCount = 0;
  #quorumMissingSinceMs: MonotonicMs | null;
  #failure: LedgerFailure | null = null;
  #isClosing = false;
  readonly #appendSilence = new Silence();
  readonly #sealSilence = new Silence();
  /** Of all clients. */
  #longestSilenceMs = 0;
  #othersPending = 0;
  #sealSilenceMs = 0;
  /** How often the thread has told that sealing came round. */
  #sealCount = 0;
  readonly #looking = setInterval(() => this.#look(), lookIntervalMs).unref();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#quorumMissingSinceMs = options.log.isQuorumMet ? null : monotonicNow();
  }

  get log(): LogStatus {
    return this.#log;
  }

  /** Why it takes nothing more; null while it does. */
  get refusal(): LedgerFailure | null {
    return this.#isClosing ? "closed" : this.#failure;
  }

  get failure(): LedgerFailure | null {
    return this.#failure;
  }

  append(entry: Uint8Array, pairing: Pairing): Promise<Position> {
    if (entry.length === 0 || entry.length > maxEntryBytes) {
      throw new RangeError(`an entry has 1 to ${maxEntryBytes} bytes, not ${entry.length}`);
    }
    const { refusal } = this;
    if (refusal !== null) return Promise.reject(new LedgerUnavailableError(refusal));
    if (this.#pendingCount >= maxOutstanding) return Promise.reject(new LedgerUnavailableError("overloaded"));
    const caller = Promise.withResolvers<Position>();
    this.#gather({ entry, pairing }, caller);
    return caller.promise;
  }

  state(): LedgerState {
    return {
      isWritable: this.refusal === null && this.#longestSilenceMs < appendWithinMs,
      reason: this.#failure ?? this.refusal,
      sealSilenceMs: this.#failure === null ? this.#sealSilenceMs : 0,
      size: this.#log.size,
      sealedSize: this.#log.sealedSize,
      pendingCount: this.#pendingCount + this.#othersPending,
      quorumMissingSinceMs: this.#quorumMissingSinceMs,
      witnesses: this.#log.witnesses,
      clock: this.#log.clock,
    };
  }

  hear(message: ThreadToClient): void {
    if (message.kind === "durable") return this.#acknowledge(message);
    if (message.kind === "failed") return this.fail(message.reason);
    this.#noteStatus(message.log);
    if (message.kind === "sealed") this.#sealCount++;
    if (message.kind === "closed") this.fail("closed");
  }

  noteLog(log: LogStatus): void {
    this.#log = log;
  }

  /** Sends what was appended so far, and takes no more. */
  leave(): void {
    this.#send();
    this.#isClosing = true;
  }

  stopLooking(): void {
    clearInterval(this.#looking);
    this.#options.words.write(this.#options.slot, { silenceMs: 0, pendingCount: 0 });
  }

  /** The first reason stands. Nobody can say of the appends without an answer whether they are durable. */
  fail(reason: LedgerFailure): void {
    this.#failure ??= reason;
    const unavailable = new LedgerUnavailableError(this.#failure);
    for (const { callers } of [...this.#sent.values(), this.#gathering]) {
      for (const { reject } of callers) reject(unavailable);
    }
    this.#sent.clear();
    this.#gathering = emptyBatch(this.#gathering.number + 1);
    this.#pendingCount = 0;
  }

  /** Appends are answered in the order in which they were sent, so the oldest without an answer says it for all. */
  #look(): void {
    const [oldest = null] = this.#sent.keys();
    const now = monotonicNow();
    const { words, slot } = this.#options;
    const silenceMs = Math.round(this.#appendSilence.look(oldest, now));
    words.write(slot, { silenceMs, pendingCount: this.#pendingCount });
    const { longestSilenceMs, othersPending } = words.read(slot);
    this.#longestSilenceMs = longestSilenceMs;
    this.#othersPending = othersPending;
    this.#sealSilenceMs = this.#sealSilence.look(this.#failure === null ? this.#sealCount : null, now);
    if (longestSilenceMs >= failedAfterMs) this.#options.onStalled();
  }

  #gather(entry: PairedEntry, caller: PromiseWithResolvers<Position>): void {
    const { entries, callers } = this.#gathering;
    if (entries.length === 0) setImmediate(() => this.#send());
    entries.push(entry);
    callers.push(caller);
    this.#pendingCount++;
    this.#gathering.bytes += messageBytes(entry);
    if (this.#gathering.bytes >= maxMessageBytes) this.#send();
  }

  #send(): void {
    const batch = this.#gathering;
    if (batch.entries.length === 0) return;
    this.#gathering = emptyBatch(batch.number + 1);
    this.#sent.set(batch.number, batch);
    this.#options.tell({ kind: "append", number: batch.number, message: encodeMessage(batch.entries) });
  }

  #noteStatus(log: LogStatus): void {
    this.#log = log;
    this.#quorumMissingSinceMs = log.isQuorumMet ? null : (this.#quorumMissingSinceMs ?? monotonicNow());
  }

  #acknowledge({ number, runs }: Extract<ThreadToClient, { kind: "durable" }>): void {
    const { callers = [] } = this.#sent.get(number) ?? {};
    this.#sent.delete(number);
    this.#pendingCount -= callers.length;
    let answered = 0;
    for (const { origin, firstIndex, count } of runs) {
      const end = firstIndex + count;
      if (origin === this.#log.origin && end > this.#log.size) this.#log = { ...this.#log, size: end };
      for (const [at, { resolve, reject }] of callers.slice(answered, answered + count).entries()) {
        if (origin === null) reject(new LedgerUnavailableError("undecided"));
        else resolve({ origin, index: (firstIndex + at) as EntryIndex });
      }
      answered += count;
    }
  }
}

function emptyBatch(number: number): Batch {
  return { number, entries: [], callers: [], bytes: 0 };
}
