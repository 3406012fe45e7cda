// Makes entries durable in the order in which they come, before anything else is done with them.
// The ledger thread owns its state.
import { join } from "node:path";
import { elapsedMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import {
  type DurableFiles,
  type FileSystem,
  type WritableFile,
  writeAll,
  writeDurably,
} from "../../disk/index.ts";
import {
  type Cursor,
  encodeBatch,
  type LogRecord,
  readSegment,
  startOfSegment,
  WalDamageError,
} from "./wal-format.ts";

export interface WalOptions {
  readonly fileSystem: FileSystem;
  readonly files: DurableFiles;
  readonly directory: string;
  readonly origin: string;
  /** Length of the longest segment file, a multiple of the sector; no batch may be longer than the first one. */
  readonly segmentBytes: number;
}

/**
 * Of the first segment, or `segmentBytes` if that is less. Each further one has twice the length of the one before: a
 * start or a stop waits for few zeros, and under load there is soon room for seconds.
 */
const firstSegmentBytes = 4 << 20;

/**
 * While this thread waits for the disk itself, which is cheaper ({@link writeDurably}), it seals nothing: each of a seal's steps takes
 * a turn of the event loop, so on a disk of 50 ms a sync no seal ended in 40 s under load.
 */
const slowSyncMs = 2;

interface NamedSegment {
  readonly path: string;
  readonly firstIndex: number;
}

interface FilledFile {
  readonly path: string;
  readonly file: WritableFile;
  readonly length: number;
}

/**
 * Replays the log and opens it at its end. `from` is the number of entries that are safe elsewhere; those from there on
 * must be here, and are given to `replay` in their order. Rejects if any of it cannot be trusted.
 */
export async function openWriteAheadLog(
  options: WalOptions,
  from: number,
  replay: (records: readonly LogRecord[]) => void,
): Promise<WriteAheadLog> {
  const segments = await listSegments(options);
  let cursor = startOfSegment(options.origin, segments[0]?.firstIndex ?? from);
  if (cursor.index > from) throw gap(segments[0], from);
  let current: FilledFile | null = null;
  for (const [order, segment] of segments.entries()) {
    if (segment.firstIndex !== cursor.index) throw gap(segment, cursor.index);
    const bytes = await readSegmentFile(options, segment);
    const replayed = readSegment(segment.path, bytes, startOfSegment(options.origin, segment.firstIndex));
    if (replayed.isTorn && order < segments.length - 1) {
      throw new WalDamageError(segment.path, replayed.end.offset, "a segment follows its last valid batch");
    }
    // While the disk takes the copy, the tree grows.
    const prefix = bytes.subarray(0, replayed.end.offset);
    const rewriting = rewriteSegment(options, segment.path, { prefix, length: bytes.length });
    rewriting.catch(() => {});
    replay(replayed.records.slice(Math.max(0, from - cursor.index)));
    cursor = order < segments.length - 1 ? startOfSegment(options.origin, replayed.end.index) : replayed.end;
    await current?.file.close();
    current = await rewriting;
  }
  if (cursor.index < from) {
    throw new WalDamageError(options.directory, 0, `it ends at entry ${cursor.index}, before entry ${from}`);
  }
  return new WriteAheadLog(options, { segments, cursor, current });
}

/** Single writer, one call at a time. After an error it is of no more use: nobody knows what the disk holds. */
export class WriteAheadLog {
  readonly #options: WalOptions;
  /** Oldest first; the last one is the current one. */
  readonly #segments: NamedSegment[];
  #cursor: Cursor;
  #current: FilledFile | null;
  /** By the newest write. */
  #isDiskSlow = false;
  /** Room on the disk for the next segment, taken early. */
  #reserve: Promise<FilledFile>;
  #reserveFailure: Error | null = null;

  constructor(
    options: WalOptions,
    at: { segments: readonly NamedSegment[]; cursor: Cursor; current: FilledFile | null },
  ) {
    this.#options = options;
    this.#segments = [...at.segments];
    this.#cursor = at.cursor;
    this.#current = at.current;
    this.#reserve = this.#reserveSegment();
  }

  /** The entries are durable when this resolves, all of them; if we crash before, any part of them may be. */
  async append(records: readonly LogRecord[]): Promise<void> {
    // A full disk shows here first, while what was acknowledged still has room to be sealed.
    if (this.#reserveFailure !== null) throw this.#reserveFailure;
    let batch = encodeBatch(this.#cursor, records);
    let segment = this.#current;
    if (segment === null || batch.end.offset > segment.length) {
      segment = await this.#startSegment();
      batch = encodeBatch(this.#cursor, records);
    }
    if (batch.end.offset > segment.length) {
      throw new RangeError(`a batch of ${batch.bytes.length} bytes fits no segment`);
    }
    await this.#write(segment, batch.bytes);
    this.#cursor = batch.end;
  }

  async #write({ file }: FilledFile, bytes: Uint8Array): Promise<void> {
    const startedMs = monotonicNow();
    const { offset } = this.#cursor;
    if (this.#isDiskSlow) {
      await writeAll(file, bytes, offset);
      await file.datasync();
    } else await writeDurably(file, bytes, offset);
    this.#isDiskSlow = elapsedMs(startedMs, monotonicNow()) > slowSyncMs;
  }

  /** Removes the segments that hold none of the entries from `size` on: those are under a checkpoint. */
  async dropCovered(size: number): Promise<void> {
    while ((this.#segments[1]?.firstIndex ?? Number.POSITIVE_INFINITY) <= size) await this.#removeOldest();
  }

  /** Ends an orderly close. A published checkpoint must cover every entry. */
  async removeAll(): Promise<void> {
    while (this.#segments.length > 0) await this.#removeOldest();
  }

  async close(): Promise<void> {
    const reserve = await this.#reserve.catch(() => null);
    await reserve?.file.close();
    if (reserve) await this.#options.fileSystem.remove(reserve.path);
    await this.#current?.file.close();
    this.#current = null;
  }

  /** If we crash after the rename, there is an empty segment, which the next opening goes on writing. */
  async #startSegment(): Promise<FilledFile> {
    const { directory, fileSystem, origin } = this.#options;
    const reserved = await this.#reserve;
    const firstIndex = this.#cursor.index;
    const path = join(directory, segmentName(firstIndex));
    await fileSystem.rename(reserved.path, path);
    await fileSystem.syncDirectory(directory);
    await this.#current?.file.close();
    this.#current = reserved;
    this.#segments.push({ path, firstIndex });
    this.#cursor = startOfSegment(origin, firstIndex);
    this.#reserve = this.#reserveSegment();
    return reserved;
  }

  /** Runs beside the appends, which need not wait for a file of zeros. The next append throws its failure. */
  #reserveSegment(): Promise<FilledFile> {
    const length = lengthAfter(this.#current, this.#options);
    const reserve = createFilled(this.#options, { prefix: new Uint8Array(0), length });
    reserve.catch((error: Error) => {
      this.#reserveFailure = error;
    });
    return reserve;
  }

  /** Removals are synced one by one, so that a crash leaves the newest segments: a gap among them would look like damage. */
  async #removeOldest(): Promise<void> {
    const [oldest] = this.#segments;
    if (oldest === undefined) return;
    await this.#options.fileSystem.remove(oldest.path);
    await this.#options.fileSystem.syncDirectory(this.#options.directory);
    this.#segments.shift();
  }
}

async function listSegments({ fileSystem, directory }: WalOptions): Promise<NamedSegment[]> {
  const names = (await fileSystem.list(directory)).filter((name) => /^\d{16}\.wal$/.test(name));
  return names
    .toSorted()
    .map((name) => ({ path: join(directory, name), firstIndex: Number.parseInt(name, 10) }));
}

function segmentName(firstIndex: number): string {
  return `${String(firstIndex).padStart(16, "0")}.wal`;
}

function lengthAfter(current: FilledFile | null, { segmentBytes }: WalOptions): number {
  return Math.min(segmentBytes, current === null ? firstSegmentBytes : 2 * current.length);
}

/** A file that was cut off must not pass for one that ends early: only the lengths that a segment may have are read. */
async function readSegmentFile(options: WalOptions, { path }: NamedSegment): Promise<Uint8Array> {
  const bytes = await options.fileSystem.read(path);
  const lengths = segmentLengths(options);
  if (bytes === null || !lengths.includes(bytes.length)) {
    throw new WalDamageError(path, bytes?.length ?? 0, `it should have ${lengths.join(" or ")} bytes`);
  }
  return bytes;
}

function segmentLengths({ segmentBytes }: WalOptions): readonly number[] {
  const lengths: number[] = [];
  for (let length = firstSegmentBytes; length < segmentBytes; length *= 2) lengths.push(length);
  return [...lengths, segmentBytes];
}

async function createFilled(
  { files }: WalOptions,
  { prefix, length }: { readonly prefix: Uint8Array; readonly length: number },
): Promise<FilledFile> {
  return { ...(await files.createFilled(prefix, length)), length };
}

/**
 * After a failed fsync the kernel may hold pages that it calls clean and that the disk never got; they read well until
 * the next boot. So what was read is written again to a new file and synced before anybody builds on it.
 * (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.) If we crash before the rename,
 * the old file is there as it was; after it, the copy is.
 */
async function rewriteSegment(
  options: WalOptions,
  path: string,
  content: { readonly prefix: Uint8Array; readonly length: number },
): Promise<FilledFile> {
  const rewritten = await createFilled(options, content);
  await options.fileSystem.rename(rewritten.path, path);
  await options.fileSystem.syncDirectory(options.directory);
  return rewritten;
}

function gap(segment: NamedSegment | undefined, expected: number): WalDamageError {
  return new WalDamageError(
    segment?.path ?? "wal",
    0,
    `it begins with entry ${segment?.firstIndex ?? 0}, expected entry ${expected}`,
  );
}
