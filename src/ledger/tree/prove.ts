// Proofs out of tiles: which subtrees a proof needs is RFC 9162's matter, where their hashes lie is that of tlog-tiles.
// Whoever opens it owns its state.
import { consistencyPath } from "./consistency.ts";
import type { Sha256 } from "./digest.ts";
import { inclusionPath } from "./inclusion.ts";
import { type LogReader, readTile } from "../verify/log-reader.ts";
import { hashBytes, nodeHash, rootOfHashes } from "./merkle.ts";
import { type Range, splitOf } from "./range.ts";
import { formatTilePath, tileHeight, tileHolding, type TileName, tileWidth } from "./tile.ts";

/** A log whose tiles cover `size` leaves at least. The tiles are believed: verify the proof that comes out. */
export interface ProvableLog {
  readonly reader: LogReader;
  readonly sha256: Sha256;
  readonly size: number;
}

/** A tile that a proof needs is missing or too short. */
export class MissingTileError extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`\`${path}\` is missing or too short: the proof cannot be built from this copy of the log`);
    this.name = "MissingTileError";
    this.path = path;
  }
}

/** The inclusion proof of the entry at `index` in the tree of `log.size` leaves, from the leaf's sibling up. */
export async function proveInclusion(log: ProvableLog, index: number): Promise<Uint8Array[]> {
  if (!Number.isInteger(index) || index < 0 || index >= log.size) {
    throw new RangeError(`there is no entry ${index} in a log of ${log.size}`);
  }
  return hashRanges(log, inclusionPath(index, { start: 0, end: log.size }));
}

/** The consistency proof from the tree of `oldSize` leaves to that of `log.size`. */
export async function proveConsistency(log: ProvableLog, oldSize: number): Promise<Uint8Array[]> {
  if (!Number.isInteger(oldSize) || oldSize < 1 || oldSize > log.size) {
    throw new RangeError(`nothing can be proved about ${oldSize} entries of a log of ${log.size}`);
  }
  return hashRanges(log, consistencyPath(oldSize, { start: 0, end: log.size }));
}

function hashRanges(log: ProvableLog, ranges: readonly Range[]): Promise<Uint8Array[]> {
  const hasher = new SubtreeHasher(log);
  return Promise.all(ranges.map((range) => hasher.hash(range)));
}

/** Roots of the subtrees of one tree; reads each tile once. */
class SubtreeHasher {
  readonly #log: ProvableLog;
  readonly #tiles = new Map<string, Promise<Uint8Array | null>>();

  constructor(log: ProvableLog) {
    this.#log = log;
  }

  async hash(range: Range): Promise<Uint8Array> {
    const span = range.end - range.start;
    if (isPowerOfTwo(span)) return this.#hashFull(range.start, span);
    const [left, right] = splitOf(range);
    return nodeHash(this.#log.sha256, await this.hash(left), await this.hash(right));
  }

  /** A full subtree is made of hashes that lie side by side in one tile of the highest level that is not above it. */
  async #hashFull(start: number, span: number): Promise<Uint8Array> {
    const level = Math.floor(Math.log2(span) / tileHeight);
    const position = start / tileWidth ** level;
    const name = tileHolding(position, level, this.#log.size);
    const offset = (position % tileWidth) * hashBytes;
    const length = (span / tileWidth ** level) * hashBytes;
    const hashes = (await this.#read(name))?.subarray(offset, offset + length);
    if (hashes?.length !== length) throw new MissingTileError(formatTilePath(name));
    return rootOfHashes(this.#log.sha256, hashes);
  }

  #read(name: TileName): Promise<Uint8Array | null> {
    const path = formatTilePath(name);
    const tile = this.#tiles.get(path) ?? readTile(this.#log.reader, name);
    this.#tiles.set(path, tile);
    return tile;
  }
}

function isPowerOfTwo(span: number): boolean {
  return 2 ** Math.round(Math.log2(span)) === span;
}
