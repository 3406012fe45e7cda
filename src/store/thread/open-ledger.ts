// The gateway's side of the ledger: gathers appends, hands them to the ledger thread, keeps the promises.
// Each gateway thread owns its state.
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { EntryIndex, MonotonicMs, WallClock } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { maxEntryBytes, type NoteKey, type TrustFile } from "../../ledger/index.ts";
import type { ClockState } from "../time/agreed-time.ts";
import { encodeMessage, messageBytes, type PairedEntry } from "./batch-message.ts";
import type { Pairing } from "../log/pairing-kind.ts";
import {
  appendWithinMs,
  type Ledger,
  type LedgerFailure,
  type LedgerState,
  LedgerUnavailableError,
  type PolicyInForce,
  type PolicyText,
  type Position,
} from "../log/ledger.ts";
import type { Quarantine } from "../log/quarantines.ts";
import type { LogIdentity } from "../log/shard.ts";
import { lookIntervalMs, Silence } from "./silence.ts";
import type { FromThread, LogStatus, ThreadOptions, ToThread } from "./thread-protocol.ts";

export interface LedgerOptions extends LogIdentity {
  /** Holds `log/`, `wal/` and `state/`; made when absent. */
  readonly directory: string;
  /** Holds the signing key of each month, `<yyyy-mm>.pem`: PKCS #8, made when absent, destroyed when its log ends. */
  readonly keysDirectory: string;
  /** SHA-256 of the policy in force, hex. */
  readonly policyHash: string;
  /** What it was read from; kept beside the log. None by default. */
  readonly policyTexts?: readonly PolicyText[];
  /** `<name>/<version>`. */
  readonly software: string;
  readonly sealIntervalMs?: number;
  /** For how long after its month a log is kept; null, as by default: for ever. */
  readonly retentionDays?: number | null;
  /** Whose cosignatures are asked for, and how many are enough; nobody's where it is absent. */
  readonly trust?: TrustFile | null;
  /** May differ from the system's wall clock, but must run as fast. */
  readonly now?: WallClock;
}

/** From a durable entry to a checkpoint over it, at most, while the disk keeps up. */
const defaultSealIntervalMs = 1000;
/** Appends that wait for the disk. Beyond, callers are told so at once instead of being kept waiting. */
const maxOutstanding = 16_384;
/** A disk that has not answered for a minute does not come back while anybody waits: the process ends, and says so. */
const failedAfterMs = 60_000;
/** For the last batches, their checkpoint and its cosignatures. */
const closeWithinMs = 20_000;
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
    policyHash,
    policyTexts = [],
    retentionDays = null,
    trust = null,
    ...rest
  } = options;
  const workerData: ThreadOptions = {
    ...rest,
    directory: resolve(directory),
    policy: { hash: policyHash, texts: policyTexts },
    sealIntervalMs,
    retentionDays,
    clockOffsetMs: now() - Date.now(),
    trust,
  };
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData, resourceLimits });
  const opened = await firstMessage(worker);
  return new ThreadedLedger(worker, { directory: workerData.directory, opened });
}

type Opened = Extract<FromThread, { readonly kind: "opened" }>;

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

interface Attached {
  readonly directory: string;
  readonly opened: Opened;
}

/**
 * It says of the log what the ledger thread told it last, so it is never ahead of the disk. INVARIANT: every append is
 * answered once, by its position or by an error.
 */
class ThreadedLedger implements Ledger {
  readonly directory: string;
  readonly quarantines: readonly Quarantine[];
  readonly #worker: Worker;
  #log: LogStatus;
  /** What the appends of this turn of the event loop fill. */
  #gathering: Batch = emptyBatch(0);
  /** Batches without an answer yet, by number. */
  readonly #sent = new Map<number, Batch>();
  /** Policies that are not in force yet, in the order of the calls. */
  readonly #enacting: PromiseWithResolvers<Position>[] = [];
  /** Persons who said that the clock is right, in the order of the calls. */
  readonly #accepting: PromiseWithResolvers<ClockState>[] = [];
  #pendingCount = 0;
  #quorumMissingSinceMs: MonotonicMs | null = null;
  #failure: LedgerFailure | null = null;
  #closing: PromiseWithResolvers<void> | null = null;
  readonly #appendSilence = new Silence();
  readonly #sealSilence = new Silence();
  #appendSilenceMs = 0;
  #sealSilenceMs = 0;
  /** How often the thread has told that sealing came round. */
  #sealCount = 0;
  readonly #looking = setInterval(() => this.#look(), lookIntervalMs).unref();

  constructor(worker: Worker, { directory, opened }: Attached) {
    this.directory = directory;
    this.#log = opened.log;
    this.quarantines = opened.quarantines;
    this.#quorumMissingSinceMs = opened.log.isQuorumMet ? null : monotonicNow();
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

  enactPolicy(policy: PolicyInForce): Promise<Position> {
    const refusal = this.#closing ? "closed" : this.#failure;
    if (refusal !== null) return Promise.reject(new LedgerUnavailableError(refusal));
    const caller = Promise.withResolvers<Position>();
    this.#enacting.push(caller);
    this.#tell({ kind: "policy", policy });
    return caller.promise;
  }

  acceptClock(): Promise<ClockState> {
    const refusal = this.#closing ? "closed" : this.#failure;
    if (refusal !== null) return Promise.reject(new LedgerUnavailableError(refusal));
    const caller = Promise.withResolvers<ClockState>();
    this.#accepting.push(caller);
    this.#tell({ kind: "clock" });
    return caller.promise;
  }

  state(): LedgerState {
    return {
      isWritable: this.#failure === null && this.#closing === null && this.#appendSilenceMs < appendWithinMs,
      reason: this.#failure ?? (this.#closing ? "closed" : null),
      sealSilenceMs: this.#failure === null ? this.#sealSilenceMs : 0,
      size: this.#log.size,
      sealedSize: this.#log.sealedSize,
      pendingCount: this.#pendingCount,
      quorumMissingSinceMs: this.#quorumMissingSinceMs,
      witnesses: this.#log.witnesses,
      clock: this.#log.clock,
    };
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing.promise;
    this.#send();
    this.#closing = Promise.withResolvers<void>();
    this.#tell({ kind: "close" });
    // A thread that is gone says nothing more.
    if (this.#failure === "thread_failed" || this.#failure === "stalled")
      this.#closing.reject(new LedgerUnavailableError(this.#failure));
    const limit = setTimeout(() => this.#abandon(), closeWithinMs);
    return this.#closing.promise.finally(() => {
      clearTimeout(limit);
      clearInterval(this.#looking);
    });
  }

  /** Appends are answered in the order in which they were sent, so the oldest without an answer says it for all. */
  #look(): void {
    const [oldest = null] = this.#sent.keys();
    const now = monotonicNow();
    this.#appendSilenceMs = this.#appendSilence.look(oldest, now);
    this.#sealSilenceMs = this.#sealSilence.look(this.#failure === null ? this.#sealCount : null, now);
    if (this.#appendSilenceMs >= failedAfterMs) this.#abandon();
  }

  /**
   * Gives up a thread that does not answer. Nobody knows what of it is on disk, as after a crash; it writes nothing further,
   * though its disk comes back. A thread that hangs in the kernel ends when the process does.
   */
  #abandon(): void {
    this.#fail("stalled");
    void this.#worker.terminate();
    this.#worker.unref();
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
    else if (message.kind === "enacted") this.#enacting.shift()?.resolve(message.position);
    else if (message.kind === "accepted") this.#noteAccepted(message.clock);
    else if (message.kind === "failed") this.#fail(message.reason);
    else this.#noteStatus(message.log);
    if (message.kind === "sealed") this.#sealCount++;
    if (message.kind === "closed") this.#fail("closed");
  }

  #noteAccepted(clock: ClockState): void {
    this.#log = { ...this.#log, clock };
    this.#accepting.shift()?.resolve(clock);
  }

  #noteStatus(log: LogStatus): void {
    this.#log = log;
    this.#quorumMissingSinceMs = log.isQuorumMet ? null : (this.#quorumMissingSinceMs ?? monotonicNow());
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
    for (const { reject } of [...this.#enacting.splice(0), ...this.#accepting.splice(0)]) reject(unavailable);
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
