// The gateway's side of the ledger: gathers appends, hands them to the ledger thread, keeps the promises.
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { EntryIndex, InstantMs } from "../base/index.ts";
import { maxEntryBytes, type NoteKey, type TrustFile } from "../ledger/index.ts";
import { encodeMessage, messageBytes, type PairedEntry } from "./batch-message.ts";
import {
  type Ledger,
  type LedgerFailure,
  type LedgerState,
  LedgerUnavailableError,
  type Pairing,
  type Position,
} from "./ledger.ts";
import type { LogIdentity } from "./shard.ts";
import type { FromThread, LogStatus, ThreadOptions, ToThread } from "./thread-protocol.ts";

export interface LedgerOptions extends LogIdentity {
  /** Holds `log/`, `wal/` and `state/`; made when absent. */
  readonly directory: string;
  /** Holds the signing key of each month, `<yyyy-mm>.pem`: PKCS #8, made when absent, destroyed when its log ends. */
  readonly keysDirectory: string;
  /** SHA-256 of the policy in force, hex. */
  readonly policyHash: string;
  /** `<name>/<version>`. */
  readonly software: string;
  readonly sealIntervalMs?: number;
  /** For how long after its month a log is kept; null, as by default: for ever. */
  readonly retentionDays?: number | null;
  /** Whose cosignatures are asked for, and how many are enough; nobody's where it is absent. */
  readonly trust?: TrustFile | null;
  /** May differ from the system's clock, but must run as fast. */
  readonly now?: () => InstantMs;
}

/** From a durable entry to a checkpoint over it, at most, while the disk keeps up. */
const defaultSealIntervalMs = 1000;
/** Appends that wait for the disk. Beyond, callers are told so at once instead of being kept waiting. */
const maxOutstanding = 16_384;
/** A message is a part of a batch of the writer; more than this is sent before the turn ends. */
const maxMessageBytes = 256 << 10;

/** The thread holds little that lives long; by itself V8 lets garbage grow to five times this before it looks. */
const resourceLimits = { maxYoungGenerationSizeMb: 24 };

/**
 * Resolves when the log is open and has told of its opening. Rejects when another process has it, and when
 * what is on disk contradicts what was signed or acknowledged: then it must not be written on.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const {
    now = Date.now,
    sealIntervalMs = defaultSealIntervalMs,
    directory,
    retentionDays = null,
    trust = null,
    ...rest
  } = options;
  const workerData: ThreadOptions = {
    ...rest,
    directory: resolve(directory),
    sealIntervalMs,
    retentionDays,
    clockOffsetMs: now() - Date.now(),
    trust,
  };
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData, resourceLimits });
  const opened = await firstMessage(worker);
  return new ThreadedLedger(worker, opened.log, now);
}

type Opened = Extract<FromThread, { log: LogStatus }>;

function firstMessage(worker: Worker): Promise<Opened> {
  const { promise, resolve, reject } = Promise.withResolvers<Opened>();
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the ledger thread ended while it opened the log")));
  worker.once("message", (message: FromThread) => {
    if (message.kind === "opened") resolve(message);
    else reject(new LedgerUnavailableError(message.kind === "failed" ? message.reason : "thread_failed"));
  });
  return promise;
}

/** Appends that travel together, and what to tell their callers. */
interface Batch {
  readonly number: number;
  readonly entries: PairedEntry[];
  readonly callers: PromiseWithResolvers<Position>[];
  bytes: number;
}

class ThreadedLedger implements Ledger {
  readonly #worker: Worker;
  readonly #now: () => InstantMs;
  #log: LogStatus;
  /** What the appends of this turn of the event loop fill. */
  #gathering: Batch = emptyBatch(0);
  /** Without an answer yet, by number. */
  readonly #sent = new Map<number, Batch>();
  #pendingCount = 0;
  #quorumMissingSinceMs: InstantMs | null = null;
  #failure: LedgerFailure | null = null;
  #closing: PromiseWithResolvers<void> | null = null;

  constructor(worker: Worker, opened: LogStatus, now: () => InstantMs) {
    this.#now = now;
    this.#log = opened;
    this.#quorumMissingSinceMs = opened.isQuorumMet ? null : now();
    this.#worker = worker;
    worker.on("message", (message: FromThread) => this.#hear(message));
    worker.on("error", () => this.#fail("thread_failed"));
    worker.on("exit", () => this.#fail("thread_failed"));
  }

  get origin(): string {
    return this.#log.origin;
  }

  get verifierKey(): NoteKey {
    return this.#log.key;
  }

  append(entry: Uint8Array, pairing: Pairing): Promise<Position> {
    if (entry.length === 0 || entry.length > maxEntryBytes) {
      throw new RangeError(`an entry has 1 to ${maxEntryBytes} bytes, not ${entry.length}`);
    }
    const refusal = this.#closing ? "closed" : this.#failure;
    if (refusal !== null) return Promise.reject(new LedgerUnavailableError(refusal));
    if (this.#pendingCount >= maxOutstanding) return Promise.reject(new LedgerUnavailableError("overloaded"));
    const caller = Promise.withResolvers<Position>();
    this.#gather({ entry, pairing }, caller);
    return caller.promise;
  }

  state(): LedgerState {
    return {
      isWritable: this.#failure === null && this.#closing === null,
      reason: this.#failure ?? (this.#closing ? "closed" : null),
      size: this.#log.size,
      sealedSize: this.#log.sealedSize,
      pendingCount: this.#pendingCount,
      quorumMissingSinceMs: this.#quorumMissingSinceMs,
      witnesses: this.#log.witnesses,
    };
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing.promise;
    this.#send();
    this.#closing = Promise.withResolvers<void>();
    this.#tell({ kind: "close" });
    // A thread that is gone says nothing more.
    if (this.#failure === "thread_failed") this.#closing.reject(new LedgerUnavailableError(this.#failure));
    return this.#closing.promise;
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
    this.#tell({ kind: "append", number: batch.number, message: encodeMessage(batch.entries) });
  }

  #tell(request: ToThread): void {
    this.#worker.postMessage(request, request.kind === "append" ? [request.message] : []);
  }

  #hear(message: FromThread): void {
    if (message.kind === "durable") this.#acknowledge(message);
    else if (message.kind === "failed") this.#fail(message.reason);
    else this.#noteStatus(message.log);
    if (message.kind === "closed") this.#fail("closed");
  }

  #noteStatus(log: LogStatus): void {
    this.#log = log;
    this.#quorumMissingSinceMs = log.isQuorumMet ? null : (this.#quorumMissingSinceMs ?? this.#now());
  }

  #acknowledge({ number, runs }: Extract<FromThread, { kind: "durable" }>): void {
    const { callers = [] } = this.#sent.get(number) ?? {};
    this.#sent.delete(number);
    this.#pendingCount -= callers.length;
    let answered = 0;
    for (const { origin, firstIndex, count } of runs) {
      const end = firstIndex + count;
      if (origin === this.origin && end > this.#log.size) this.#log = { ...this.#log, size: end };
      for (const [at, { resolve, reject }] of callers.slice(answered, answered + count).entries()) {
        if (origin === null) reject(new LedgerUnavailableError("undecided"));
        else resolve({ origin, index: (firstIndex + at) as EntryIndex });
      }
      answered += count;
    }
  }

  /** The first reason stands. Nobody can say of the appends without an answer whether they are durable. */
  #fail(reason: LedgerFailure): void {
    this.#failure ??= reason;
    const unavailable = new LedgerUnavailableError(this.#failure);
    for (const { callers } of [...this.#sent.values(), this.#gathering]) {
      for (const { reject } of callers) reject(unavailable);
    }
    this.#sent.clear();
    this.#gathering = emptyBatch(this.#gathering.number + 1);
    this.#pendingCount = 0;
    if (this.#failure === "closed") this.#closing?.resolve();
    else this.#closing?.reject(unavailable);
  }
}

function emptyBatch(number: number): Batch {
  return { number, entries: [], callers: [], bytes: 0 };
}
