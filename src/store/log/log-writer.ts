// The one writer of a log: group commit on one side, sealing on the other, and a full stop at the first error.
// The ledger thread owns its state.
import type { InstantMs } from "../../base/index.ts";
import { dateOf, withDate } from "../../ledger/index.ts";
import type { AgreedTime, Dating } from "../time/agreed-time.ts";
import type { GrowingLog, TreeHead } from "./growing-log.ts";
import { failureReason, type LedgerFailure, LedgerUnavailableError } from "./ledger.ts";
import type { Effect, OpenDecisions, Unsettled } from "./pairing.ts";
import type { EndpointWords } from "./quarantines.ts";
import { frameBytes, toRecord } from "./wal-format.ts";
import { cosignAgain, type OpenShard, seal } from "./seal.ts";
import type { WriteAheadLog } from "./write-ahead-log.ts";

export interface LoggedEntry {
  readonly entry: Uint8Array;
  readonly pairing: Effect;
}

export interface WriterParts {
  readonly shard: OpenShard;
  readonly wal: WriteAheadLog;
  /** Everything that the WAL holds is in it. */
  readonly log: GrowingLog;
  /** The last tree that is known to be published. */
  readonly sealed: TreeHead;
  /** What the entries of `log` leave to be done. */
  readonly unsettled: Unsettled;
  /** The date of the newest entry; 0 in an empty log. */
  readonly newestMs: InstantMs;
  readonly time: AgreedTime;
  /** Called once, at the first error. */
  readonly onFailure: (reason: LedgerFailure) => void;
}

interface Commit {
  readonly entries: readonly LoggedEntry[];
  /** Takes the index of the first one. */
  readonly resolve: (firstIndex: number) => void;
  readonly reject: (error: LedgerUnavailableError) => void;
}

/** Frames of one batch; a batch is one write and one fdatasync. */
export const maxBatchBytes: number = 1 << 20;
/** Entries that no checkpoint covers yet are held in memory: beyond this they are sealed before their time. */
const sealEarlyBytes = 16 << 20;
/** Beyond this, appends wait for the sealer. */
const maxUnsealedBytes = 64 << 20;

/**
 * There is one for each open log, and nobody else writes to the log's files.
 *
 * INVARIANT: an append is acknowledged only when its batch is synced. After the first error nothing is acknowledged any
 * more, since nobody knows what the disk holds after a failed sync (docs/decisions/0014).
 */
export class LogWriter {
  readonly #parts: WriterParts;
  readonly #queue: Commit[] = [];
  #sealed: TreeHead;
  #newestMs: InstantMs;
  #isQuorumMet = true;
  #failure: LedgerFailure | null = null;
  #committing: Promise<void> | null = null;
  #sealing: Promise<void> | null = null;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#sealed = parts.sealed;
    this.#newestMs = parts.newestMs;
  }

  /** Durable entries. */
  get size(): number {
    return this.#parts.log.size;
  }

  get sealedSize(): number {
    return this.#sealed.size;
  }

  /** The tree of the last checkpoint. */
  get sealed(): TreeHead {
    return this.#sealed;
  }

  /** Decisions among the durable entries whose outcome is still to come. */
  get open(): OpenDecisions {
    return this.#parts.unsettled.open;
  }

  /** What the durable entries say of endpoints. */
  get words(): EndpointWords {
    return this.#parts.unsettled.words;
  }

  get isEnded(): boolean {
    return this.#parts.unsettled.isEnded;
  }

  /** Whether the last checkpoint has as many cosignatures as the policy asks for. */
  get isQuorumMet(): boolean {
    return this.#isQuorumMet;
  }

  /**
   * Resolves with the index of the first one when the entries are durable; they follow those of earlier calls, without
   * a gap. Rejects with {@link LedgerUnavailableError} when that could not be done, and then nobody knows whether they
   * are.
   */
  append(entries: readonly LoggedEntry[]): Promise<number> {
    if (this.#failure !== null) return Promise.reject(new LedgerUnavailableError(this.#failure));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#queue.push({ entries, resolve, reject });
    this.#committing ??= this.#commitAll();
    return promise;
  }

  /** Resolves when no append waits any more. */
  async settled(): Promise<void> {
    while (this.#committing !== null) await this.#committing;
  }

  /** Resolves when a published checkpoint covers what was durable at the call. */
  seal(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(new LedgerUnavailableError(this.#failure));
    if (this.#sealed.size === this.size) return Promise.resolve();
    return this.#sealing ? this.#sealing.then(() => this.seal()) : this.#startSeal();
  }

  /** Asks the witnesses again, once for each call, for a checkpoint that too few of them have cosigned. */
  async completeQuorum(): Promise<void> {
    await this.#sealing;
    if (this.#failure !== null || this.#isQuorumMet || this.#sealed.size !== this.size) return;
    this.#sealing = this.#cosignAgain().finally(() => {
      this.#sealing = null;
    });
    return this.#sealing;
  }

  /** Seals what was appended before and releases the files; of a poisoned log it only releases the files. */
  async close(): Promise<void> {
    await this.#committing;
    try {
      if (this.#failure === null) {
        await this.seal();
        await this.completeQuorum();
        await this.#parts.wal.removeAll();
      }
      this.#failure ??= "closed";
      await this.#parts.wal.close();
    } catch (error) {
      throw this.poison(error);
    }
  }

  /** Stops the log for good, also after an error outside of a call. Everybody who waits hears of it. */
  poison(error: unknown): LedgerUnavailableError {
    if (this.#failure === null) {
      this.#failure = failureReason(error);
      this.#parts.onFailure(this.#failure);
    }
    const unavailable = new LedgerUnavailableError(this.#failure);
    for (const { reject } of this.#queue.splice(0)) reject(unavailable);
    return unavailable;
  }

  /** While one batch is on its way to the disk the next one gathers, so that batches grow with the load. */
  async #commitAll(): Promise<void> {
    while (this.#queue.length > 0 && this.#failure === null) {
      const commits = this.#takeBatch();
      try {
        if (this.#parts.log.newBytes > maxUnsealedBytes) await this.seal();
        let firstIndex = this.size;
        await this.#commit(commits.flatMap(({ entries }) => entries));
        // A seal may have poisoned the log meanwhile: then not even what is durable is acknowledged.
        if (this.#failure !== null) throw new LedgerUnavailableError(this.#failure);
        for (const { entries, resolve } of commits) {
          resolve(firstIndex);
          firstIndex += entries.length;
        }
        if (this.#parts.log.newBytes > sealEarlyBytes) this.#sealEarly();
      } catch (error) {
        const unavailable = this.poison(error);
        for (const { reject } of commits) reject(unavailable);
      }
    }
    this.#committing = null;
  }

  #sealEarly(): void {
    // A failure has poisoned the log, and each append hears of it.
    if (this.#sealing === null) this.seal().catch(() => {});
  }

  #takeBatch(): Commit[] {
    let bytes = 0;
    const count = this.#queue.findIndex(({ entries }, position) => {
      bytes += entries.reduce((total, { entry }) => total + frameBytes(entry), 0);
      return position > 0 && bytes > maxBatchBytes;
    });
    return this.#queue.splice(0, count === -1 ? this.#queue.length : count);
  }

  async #commit(entries: readonly LoggedEntry[]): Promise<void> {
    const { wal, log, unsettled, time } = this.#parts;
    const dating = time.dating();
    const records = entries.map(({ entry, pairing }) => toRecord(this.#date(entry, dating), pairing));
    await wal.append(records);
    // If we crash here, the entries are durable and nobody was told: the next opening replays them.
    for (const record of records) unsettled.settle(record, log.add(record));
  }

  /** Only here is the order known: whoever made the entry dated it before, on a thread of its own. */
  #date(entry: Uint8Array, dating: Dating): Uint8Array {
    const stampMs = dateOf(entry);
    if (stampMs === null) return entry;
    this.#newestMs = dating(stampMs, this.#newestMs);
    return this.#newestMs === stampMs ? entry : withDate(entry, this.#newestMs);
  }

  #startSeal(): Promise<void> {
    this.#sealing = this.#sealNow().finally(() => {
      this.#sealing = null;
    });
    return this.#sealing;
  }

  async #cosignAgain(): Promise<void> {
    try {
      this.#isQuorumMet = await cosignAgain(this.#parts.shard, this.#sealed);
    } catch (error) {
      throw this.poison(error);
    }
  }

  async #sealNow(): Promise<void> {
    const { shard, log, wal } = this.#parts;
    // INVARIANT: one turn takes all of it, so what is left to be done is that of exactly the snapshot's entries.
    const { isEnded } = this;
    const next = { ...log.takeSnapshot(), open: new Map(this.open), words: new Map(this.words), isEnded };
    try {
      this.#isQuorumMet = await seal(shard, this.#sealed, next);
      // If we crash here, the next opening finds entries in the write-ahead log that are sealed, and passes over them.
      await wal.dropCovered(next.size);
    } catch (error) {
      throw this.poison(error);
    }
    this.#sealed = { size: next.size, root: next.root };
  }
}
