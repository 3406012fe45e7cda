// The ledger for the thread that opens it: a client as any other, which also orders, lends and closes.
// The control thread owns its state.
import { resolve } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import type { WallClock } from "../../base/index.ts";
import type { NoteKey, TrustFile } from "../../ledger/index.ts";
import type { ClockState } from "../time/agreed-time.ts";
import type { Pairing } from "../log/pairing-kind.ts";
import {
  type Ledger,
  type LedgerFailure,
  type LedgerState,
  LedgerUnavailableError,
  type LentLedger,
  type PolicyInForce,
  type PolicyText,
  type Position,
} from "../log/ledger.ts";
import type { Quarantine } from "../log/quarantines.ts";
import type { LogIdentity } from "../log/shard.ts";
import { ClientWords, ownSlot } from "./client-words.ts";
import { ThreadedClient } from "./ledger-client.ts";
import type { FromThread, ThreadOptions, ToThread } from "./thread-protocol.ts";

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
/** For the last batches, their checkpoint and its cosignatures. */
const closeWithinMs = 20_000;

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

interface Attached {
  readonly directory: string;
  readonly opened: Opened;
}

class ThreadedLedger implements Ledger {
  readonly directory: string;
  readonly quarantines: readonly Quarantine[];
  readonly #worker: Worker;
  readonly #client: ThreadedClient;
  readonly #words = new ClientWords();
  /** Policies that are not in force yet, in the order of the calls. */
  readonly #enacting: PromiseWithResolvers<Position>[] = [];
  /** Persons who said that the clock is right, in the order of the calls. */
  readonly #accepting: PromiseWithResolvers<ClockState>[] = [];
  /** Loans that have not ended, by number. */
  readonly #lent = new Map<number, PromiseWithResolvers<readonly Quarantine[]>>();
  #loanCount = 0;
  #closing: PromiseWithResolvers<void> | null = null;

  constructor(worker: Worker, { directory, opened }: Attached) {
    this.directory = directory;
    this.quarantines = opened.quarantines;
    this.#worker = worker;
    this.#client = new ThreadedClient({
      log: opened.log,
      slot: ownSlot,
      words: this.#words,
      tell: (request) => worker.postMessage(request, [request.message]),
      onStalled: () => this.#abandon(),
    });
    worker.on("message", (message: FromThread) => this.#hear(message));
    worker.on("error", () => this.#fail("thread_failed"));
    worker.on("exit", () => this.#fail("thread_failed"));
  }

  get origin(): string {
    return this.#client.log.origin;
  }

  get verifierKey(): NoteKey {
    return this.#client.log.key;
  }

  append(entry: Uint8Array, pairing: Pairing): Promise<Position> {
    return this.#client.append(entry, pairing);
  }

  enactPolicy(policy: PolicyInForce): Promise<Position> {
    return this.#ask(this.#enacting, { kind: "policy", policy });
  }

  acceptClock(): Promise<ClockState> {
    return this.#ask(this.#accepting, { kind: "clock" });
  }

  state(): LedgerState {
    return this.#client.state();
  }

  lend(slot: number): LentLedger {
    this.#words.write(slot, { silenceMs: 0, pendingCount: 0 });
    const { port1: port, port2 } = new MessageChannel();
    const number = this.#loanCount++;
    const ended = Promise.withResolvers<readonly Quarantine[]>();
    this.#lent.set(number, ended);
    ended.promise.catch(() => undefined);
    const refusal = this.#client.refusal;
    if (refusal !== null) ended.reject(new LedgerUnavailableError(refusal));
    this.#worker.postMessage({ kind: "lend", number, port: port2 } satisfies ToThread, [port2]);
    const { log } = this.#client;
    return { loan: { port, log, slot, words: this.#words.shared }, returned: ended.promise };
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing.promise;
    this.#client.leave();
    this.#closing = Promise.withResolvers<void>();
    this.#tell({ kind: "close" });
    // A thread that is gone says nothing more.
    const { failure } = this.#client;
    if (failure === "thread_failed" || failure === "stalled")
      this.#closing.reject(new LedgerUnavailableError(failure));
    const limit = setTimeout(() => this.#abandon(), closeWithinMs);
    return this.#closing.promise.finally(() => {
      clearTimeout(limit);
      this.#client.stopLooking();
    });
  }

  /** Answered in the order of the calls. */
  #ask<Answer>(waiting: PromiseWithResolvers<Answer>[], request: ToThread): Promise<Answer> {
    const { refusal } = this.#client;
    if (refusal !== null) return Promise.reject(new LedgerUnavailableError(refusal));
    const caller = Promise.withResolvers<Answer>();
    waiting.push(caller);
    this.#tell(request);
    return caller.promise;
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

  #tell(request: ToThread): void {
    this.#worker.postMessage(request, []);
  }

  #hear(message: FromThread): void {
    if (message.kind === "enacted") this.#enacting.shift()?.resolve(message.position);
    else if (message.kind === "accepted") this.#noteAccepted(message.clock);
    else if (message.kind === "returned") this.#lent.get(message.number)?.resolve(message.quarantines);
    else if (message.kind === "failed") this.#fail(message.reason);
    else if (message.kind !== "opened") this.#client.hear(message);
    if (message.kind === "returned") this.#lent.delete(message.number);
    if (message.kind === "closed") this.#fail("closed");
  }

  #noteAccepted(clock: ClockState): void {
    this.#client.noteLog({ ...this.#client.log, clock });
    this.#accepting.shift()?.resolve(clock);
  }

  #fail(reason: LedgerFailure): void {
    this.#client.fail(reason);
    const failure = this.#client.failure ?? reason;
    const unavailable = new LedgerUnavailableError(failure);
    for (const { reject } of [...this.#enacting.splice(0), ...this.#accepting.splice(0)]) reject(unavailable);
    for (const { reject } of this.#lent.values()) reject(unavailable);
    this.#lent.clear();
    if (failure === "closed") this.#closing?.resolve();
    else this.#closing?.reject(unavailable);
  }
}
