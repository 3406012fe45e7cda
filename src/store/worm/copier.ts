// All logs of one cell, copied one piece of work at a time. The copies thread owns its state.
import { join } from "node:path";
import { dayMs, type InstantMs } from "../../base/index.ts";
import type { FileSystem } from "../../disk/index.ts";
import type { Position } from "../log/ledger.ts";
import { openLogDirectory } from "../read/log-directory.ts";
import { isShardName, type ShardName } from "../log/shard.ts";
import { type Bucket, type BucketRefusal, BucketRefusedError } from "./bucket.ts";
import type { AnchoredCopy, CopyState, CopyStatus } from "./copy-state.ts";
import { isRowFinished, ManifestRow, ManifestUnusableError } from "./manifest-row.ts";
import { ObjectWriter } from "./object-writer.ts";
import { readPublishedHead } from "./published-head.ts";
import { ShardCopier } from "./shard-copier.ts";

export interface CopierOptions {
  readonly fileSystem: FileSystem;
  readonly bucket: Bucket;
  /** Before the origin of each log: empty, or with a slash at its end. */
  readonly prefix: string;
  /** The cell's ledger; only `log/` in it is read. */
  readonly ledgerDirectory: string;
  /** Where the manifests lie; made when absent. */
  readonly directory: string;
  readonly retentionDays: number;
  readonly anchorIntervalMs: number;
  readonly record: (copy: AnchoredCopy) => Promise<Position>;
}

/** All objects of a month are locked until the same day, so that a log goes as a whole or not at all. */
export function lockedUntil(shard: ShardName, retentionDays: number): InstantMs {
  const [year = 0, month = 0] = shard.split("-").map(Number);
  return Date.UTC(year, month) + retentionDays * dayMs;
}

/** All that it knows comes from the manifests, so a crash costs repeated work and nothing else. */
export class Copier {
  readonly #options: CopierOptions;
  readonly #shards = new Map<ShardName, ShardCopier>();
  readonly #finished = new Set<ShardName>();
  #finishedObjectCount = 0;
  #isLockKnown = false;
  #status: CopyStatus = "copying";
  #refusal: BucketRefusal | null = null;

  constructor(options: CopierOptions) {
    this.#options = options;
  }

  state(): CopyState {
    const shards = [...this.#shards.values()];
    return {
      status: this.#status,
      refusal: this.#refusal,
      behindEntries: shards.reduce((total, { behindEntries }) => total + behindEntries, 0),
      lagMs: Math.max(0, ...shards.map(({ lagMs }) => lagMs)),
      objectCount: shards.reduce((total, shard) => total + shard.objectCount, this.#finishedObjectCount),
    };
  }

  /** True when more can be done at once. Never rejects: what went wrong is in {@link state}. */
  async pass(nowMs: InstantMs): Promise<boolean> {
    if (this.#status === "refused" || this.#status === "stopped") return false;
    try {
      const hasMore = await this.#passAll(nowMs);
      this.#status = "copying";
      return hasMore;
    } catch (error) {
      this.#status = statusOf(error);
      this.#refusal = error instanceof BucketRefusedError ? error.reason : null;
      return false;
    }
  }

  /** Called between two passes. What is on the disk is complete at any time; this only lets go of the files. */
  async close(): Promise<void> {
    for (const copier of this.#shards.values()) await copier.close();
    this.#options.bucket.close();
  }

  async #passAll(nowMs: InstantMs): Promise<boolean> {
    const { ledgerDirectory, fileSystem, bucket } = this.#options;
    if (!this.#isLockKnown) await bucket.requireLock();
    this.#isLockKnown = true;
    const names = (await fileSystem.list(join(ledgerDirectory, "log"))).filter(isShardName).toSorted();
    let hasMore = false;
    for (const name of names) {
      const copier = await this.#copierOf(name, nowMs);
      if (copier === null) continue;
      if (await copier.pass({ nowMs, hasSuccessor: name !== names.at(-1) })) hasMore = true;
      if (copier.isFinished) this.#forget(name, copier);
    }
    return hasMore;
  }

  /** Null for a log that is copied to its end, and for one that has published nothing. */
  async #copierOf(shard: ShardName, nowMs: InstantMs): Promise<ShardCopier | null> {
    const present = this.#shards.get(shard);
    if (present !== undefined || this.#finished.has(shard)) return present ?? null;
    const { fileSystem, bucket, prefix, anchorIntervalMs, record } = this.#options;
    const directory = join(this.#options.directory, shard);
    if (await isRowFinished(fileSystem, directory)) {
      this.#finished.add(shard);
      return null;
    }
    const [log] = await openLogDirectory(join(this.#options.ledgerDirectory, "log", shard));
    const head = log === undefined ? null : await readPublishedHead(log.reader);
    if (log === undefined || head === null) return null;
    if (!(await log.hasEntries())) {
      // Its time was over before copies were asked for.
      this.#finished.add(shard);
      return null;
    }
    const { origin } = head;
    const untilMs = lockedUntil(shard, this.#options.retentionDays);
    const row = await ManifestRow.open({ fileSystem, directory, origin, untilMs });
    const writer = new ObjectWriter({ bucket, prefix: `${prefix}${origin}/`, untilMs });
    const copier = new ShardCopier({ log, row, writer, anchorIntervalMs, record }, nowMs);
    this.#shards.set(shard, copier);
    return copier;
  }

  #forget(shard: ShardName, { objectCount }: ShardCopier): void {
    this.#finishedObjectCount += objectCount;
    this.#shards.delete(shard);
    this.#finished.add(shard);
  }
}

function statusOf(error: unknown): CopyStatus {
  if (error instanceof BucketRefusedError) return "refused";
  return error instanceof ManifestUnusableError ? "stopped" : "failing";
}
