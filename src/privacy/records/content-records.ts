// Where content records lie: `<state>/records/<day>/<request id>`, the day being the one on which they are deleted. So a
// day's deletion opens no file, and what was promised when a record was made stands when the policy changes.
// Whoever opens it owns its state.
import { rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { dayMs, formatDay, type InstantMs, type RequestId, type SettledMs } from "../../base/index.ts";
import { DurableDirectories, nodeFileSystem } from "../../disk/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import { ContentRecord, RecordUnavailableError } from "./content-record.ts";
import type { RecordIdentity } from "./record-format.ts";
import { type Content, readContent, readIdentity } from "./stored-record.ts";

export interface ShelfOptions {
  readonly directory: string;
  readonly deployment: string;
  readonly cell: string;
}

/** What can be said of a record without its key. */
export interface RecordSummary {
  readonly rid: RequestId;
  /** First day, in UTC, on which it is not kept any more. */
  readonly deletedOn: string;
  readonly tenant: string;
  readonly subject: string;
  readonly bytes: number;
}

interface NewRecord {
  readonly rid: RequestId;
  readonly tenant: string;
  readonly key: SubjectKey;
  readonly keptUntilMs: InstantMs;
}

const dayPattern = /^\d{4}-\d{2}-\d{2}$/;
const ridPattern = /^[0-9a-f]{32}$/;

export class ContentRecords {
  readonly #options: ShelfOptions;
  readonly #days: DurableDirectories;

  constructor(options: ShelfOptions) {
    this.#options = options;
    this.#days = new DurableDirectories(nodeFileSystem, { root: options.directory, mode: 0o700 });
  }

  /** Resolves when the request is on disk; rejects with {@link RecordUnavailableError}. */
  async begin({ rid, tenant, key, keptUntilMs }: NewRecord, request: Uint8Array): Promise<ContentRecord> {
    // The next midnight, so that what is kept for 30 days is kept for no less.
    const day = formatDay(keptUntilMs + dayMs);
    await this.#makeDay(day);
    const identity = { ...this.#place, rid, tenant, subject: key.handle };
    return ContentRecord.begin({ file: this.#path(day, rid), identity, key: recordKey(key, rid) }, request);
  }

  async *list(): AsyncGenerator<RecordSummary, void> {
    for (const day of await this.#storedDays()) {
      for (const rid of await filesIn(this.#path(day))) {
        const summary = await this.#summary(day, rid);
        if (summary !== null) yield summary;
      }
    }
  }

  async find(rid: RequestId): Promise<RecordSummary | null> {
    for (const day of await this.#storedDays()) {
      const summary = await this.#summary(day, rid);
      if (summary !== null) return summary;
    }
    return null;
  }

  /** Throws when a bit of the file is not as it was written. */
  async read({ deletedOn, ...found }: RecordSummary, key: SubjectKey): Promise<Content> {
    const { rid } = found;
    const identity: RecordIdentity = { ...this.#place, ...found };
    return readContent(this.#path(deletedOn, rid), identity, recordKey(key, rid));
  }

  /**
   * Deletes the days that are over, but for records under a key that is held. Resolves with how many it deleted. If we
   * crash in between, the next sweep deletes the rest: a day that is over stays over.
   */
  async sweep(nowMs: SettledMs, held: ReadonlySet<string>): Promise<number> {
    let count = 0;
    const today = formatDay(nowMs);
    for (const day of await this.#storedDays()) {
      if (day <= today) count += await this.#deleteDay(day, held);
    }
    return count;
  }

  async #deleteDay(day: string, held: ReadonlySet<string>): Promise<number> {
    let count = 0;
    let kept = 0;
    for (const rid of await filesIn(this.#path(day))) {
      const isHeld = held.size > 0 && held.has((await this.#summary(day, rid))?.subject ?? "");
      if (isHeld) kept++;
      else {
        await nodeFileSystem.remove(this.#path(day, rid));
        count++;
      }
    }
    this.#days.forget(this.#path(day));
    if (kept === 0) await rmdir(this.#path(day)).catch(() => undefined);
    return count;
  }

  async #summary(day: string, rid: RequestId): Promise<RecordSummary | null> {
    const path = this.#path(day, rid);
    const identity = await readIdentity(path);
    if (identity === null) return null;
    return { rid, deletedOn: day, ...identity, bytes: (await stat(path)).size };
  }

  async #makeDay(day: string): Promise<void> {
    try {
      await this.#days.make(this.#path(day));
    } catch (cause) {
      throw new RecordUnavailableError({ cause });
    }
  }

  async #storedDays(): Promise<readonly string[]> {
    const names = await nodeFileSystem.list(this.#options.directory);
    return names.filter((name) => dayPattern.test(name)).toSorted();
  }

  get #place(): Pick<RecordIdentity, "deployment" | "cell"> {
    const { deployment, cell } = this.#options;
    return { deployment, cell };
  }

  #path(...names: readonly string[]): string {
    return join(this.#options.directory, ...names);
  }
}

/** Each record has a key of its own (record-format.ts), derived from the one that an erasure destroys. */
function recordKey(key: SubjectKey, rid: RequestId): Uint8Array {
  return key.deriveKey(`record/v1 ${rid}`);
}

async function filesIn(directory: string): Promise<readonly RequestId[]> {
  const names = await nodeFileSystem.list(directory);
  return names.filter((name): name is RequestId => ridPattern.test(name)).toSorted();
}
