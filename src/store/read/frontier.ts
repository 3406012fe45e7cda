// The right edge of a tree, read back from its tiles on disk.
import { join } from "node:path";
import {
  formatTilePath,
  hashCount,
  openTree,
  parseBundle,
  type TileName,
  tileHolding,
  tileWidth,
  type TreeBuilder,
} from "../../ledger/index.ts";
import { sha256 } from "../../keys/index.ts";
import type { FileSystem } from "../../disk/index.ts";

/** A log in a directory, with the tiles of a tree of `size` leaves. */
export interface StoredLog {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly size: number;
}

/** A file that a tree of this size must have is missing or is not what its name says. */
export class StoredLogError extends Error {
  constructor(path: string, reason: string) {
    super(`\`${path}\` ${reason}: the log cannot be continued; restore it from its copies`);
    this.name = "StoredLogError";
  }
}

/**
 * The tree of the first `size` leaves, at most `log.size`, from the tiles of `log`. Its root is as good as those are:
 * equal roots show that nothing that they commit to was changed.
 */
export async function readTree(log: StoredLog, size: number): Promise<TreeBuilder> {
  const tiles = new Map<TileName["level"], Uint8Array>();
  for (let level = 0; hashCount(size, level) > 0; level++) {
    const count = hashCount(size, level);
    const width = count % tileWidth;
    if (width > 0) tiles.set(level, (await readTile(log, level, count - 1)).subarray(0, width * 32));
  }
  return openTree(sha256, size, ({ level }) => tiles.get(level) ?? new Uint8Array(0));
}

/** The entries of the last bundle, none if that is full. */
export async function readLastEntries(log: StoredLog): Promise<readonly Uint8Array[]> {
  return log.size % tileWidth === 0 ? [] : readLastBundle(log);
}

/** Null in an empty log. */
export async function readLastEntry(log: StoredLog): Promise<Uint8Array | null> {
  return log.size === 0 ? null : ((await readLastBundle(log)).at(-1) ?? null);
}

async function readLastBundle(log: StoredLog): Promise<readonly Uint8Array[]> {
  const { width } = tileHolding(log.size - 1, "entries", log.size);
  const bundle = parseBundle(await readTile(log, "entries", log.size - 1), width);
  if (!bundle.ok) {
    const path = formatTilePath(tileHolding(log.size - 1, "entries", log.size));
    throw new StoredLogError(join(log.directory, path), `is damaged (${bundle.error.reason})`);
  }
  return bundle.value;
}

async function readTile(log: StoredLog, level: TileName["level"], position: number): Promise<Uint8Array> {
  const path = join(log.directory, formatTilePath(tileHolding(position, level, log.size)));
  const bytes = await log.fileSystem.read(path);
  if (bytes === null) throw new StoredLogError(path, `is missing, but ${log.size} entries were signed`);
  return bytes;
}
