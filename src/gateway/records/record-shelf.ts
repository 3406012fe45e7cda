// Where content records lie: `<state>/records/<day>/<request id>`, the day being the one on which they are deleted. So a
// day's deletion opens no file, and what was promised when a record was made stands when the policy changes.
import { mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { InstantMs, RequestId } from "../../base/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import { ContentRecord, RecordUnavailableError, syncDirectory } from "./content-record.ts";
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

const dayMs = 24 * 60 * 60 * 1000;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;
const ridPattern = /^[0-9a-f]{32}$/;

export class RecordShelf {
  readonly #options: ShelfOptions;
  readonly #days = new Map<string, Promise<void>>();

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  /** Resolves when the request is on disk; rejects with {@link RecordUnavailableError}. */
  async begin({ rid, tenant, key, keptUntilMs }: NewRecord, request: Uint8Array): Promise<ContentRecord> {
    // The next midnight, so that what is kept for 30 days is kept for no less.
    const day = dayOf(keptUntilMs + dayMs);
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

  /** Deletes the days that are over, but for records under a key that is held. Resolves with how many it deleted. */
  async sweep(nowMs: InstantMs, held: ReadonlySet<string>): Promise<number> {
    let count = 0;
    const today = dayOf(nowMs);
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
        await rm(this.#path(day, rid), { force: true });
        count++;
      }
    }
    this.#days.delete(day);
    if (kept === 0) await rmdir(this.#path(day)).catch(() => undefined);
    return count;
  }

  async #summary(day: string, rid: RequestId): Promise<RecordSummary | null> {
    const path = this.#path(day, rid);
    const identity = await readIdentity(path);
    if (identity === null) return null;
    return { rid, deletedOn: day, ...identity, bytes: (await stat(path)).size };
  }

  #makeDay(day: string): Promise<void> {
    const made = this.#days.get(day) ?? this.#makeDirectory(day);
    this.#days.set(day, made);
    // What failed once may work the next time.
    made.catch(() => this.#days.delete(day));
    return made;
  }

  async #makeDirectory(day: string): Promise<void> {
    try {
      await mkdir(this.#path(day), { recursive: true, mode: 0o700 });
      await syncDirectory(this.#options.directory);
    } catch (cause) {
      throw new RecordUnavailableError({ cause });
    }
  }

  async #storedDays(): Promise<readonly string[]> {
    const names = await namesIn(this.#options.directory);
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

/** Its own for each record (record-format.ts), out of what an erasure destroys. */
function recordKey(key: SubjectKey, rid: RequestId): Uint8Array {
  return key.deriveKey(`record/v1 ${rid}`);
}

function dayOf(atMs: InstantMs): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

async function filesIn(directory: string): Promise<readonly RequestId[]> {
  const names = await namesIn(directory);
  return names.filter((name): name is RequestId => ridPattern.test(name)).toSorted();
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
