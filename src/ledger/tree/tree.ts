// Whoever opens it owns its state.
import type { Sha256 } from "./digest.ts";
import { emptyRoot, hashBytes, nodeHash, rootOfHashes } from "./merkle.ts";
import {
  formatTilePath,
  hashCount,
  type Tile,
  tileHeight,
  tileHolding,
  type TileName,
  tileWidth,
} from "./tile.ts";

/** Grows a log's tree. Holds one unfinished tile a level and, until they are taken, the tiles that became full. */
export interface TreeBuilder {
  /** Leaves so far. */
  readonly size: number;
  append(leafHash: Uint8Array): void;
  /** The root at the present size (RFC 9162 §2.1.1): one hash for each bit of the size that is set. */
  root(): Uint8Array;
  /** Tiles that changed since the last call: those that became full, then the present partial of each level. */
  takeTiles(): readonly Tile[];
}

/** A tile that a tree of this size must have is not as long as its name says. */
export class TileLengthError extends Error {
  readonly path: string;

  constructor(name: TileName, actualBytes: number) {
    const path = formatTilePath(name);
    super(`\`${path}\` has ${actualBytes} bytes, not ${name.width * hashBytes}`);
    this.name = "TileLengthError";
    this.path = path;
  }
}

/**
 * Continues the tree of `size` leaves from its partial tiles, which are all that it reads. They are taken as they
 * are: compare `root()` with a signed checkpoint before trusting them. `readTile` throws for a tile that is missing.
 */
export function openTree(
  sha256: Sha256,
  size: number,
  readTile: (name: TileName) => Uint8Array,
): TreeBuilder {
  const tiles: UnfinishedTile[] = [];
  for (let level = 0; hashCount(size, level) > 0; level++) tiles.push(openTile(level, size, readTile));
  const peaks = tiles.toReversed().flatMap((tile) => peaksOf(sha256, tile));
  return new FrontierTree(sha256, { size, peaks, tiles });
}

/** The rightmost tile of one level, while it has room. */
interface UnfinishedTile {
  readonly level: number;
  readonly index: number;
  /** A full tile's length, of which the first `width` hashes are set. */
  readonly hashes: Uint8Array;
  width: number;
  isTaken: boolean;
}

interface Frontier {
  readonly size: number;
  /** Roots of the full subtrees that the leaves make up, largest and leftmost first: one for each set bit of the size. */
  readonly peaks: Uint8Array[];
  /** By level. */
  readonly tiles: UnfinishedTile[];
}

class FrontierTree implements TreeBuilder {
  readonly #sha256: Sha256;
  readonly #peaks: Uint8Array[];
  readonly #tiles: UnfinishedTile[];
  #size: number;
  #full: Tile[] = [];

  constructor(sha256: Sha256, { size, peaks, tiles }: Frontier) {
    this.#sha256 = sha256;
    this.#size = size;
    this.#peaks = peaks;
    this.#tiles = tiles;
  }

  get size(): number {
    return this.#size;
  }

  append(leafHash: Uint8Array): void {
    if (leafHash.length !== hashBytes)
      throw new RangeError(`a leaf hash has ${leafHash.length} bytes, not 32`);
    let hash: Uint8Array = new Uint8Array(leafHash); // the caller may use its buffer again
    this.#addToTile(0, hash);
    // As in a binary counter: each low bit that is set is a full subtree to the left, of the same height, to join.
    let left = this.#size;
    for (let height = 1; left % 2 === 1; height++, left = Math.floor(left / 2)) {
      hash = nodeHash(this.#sha256, this.#peaks.pop() ?? missingPeak(), hash);
      // Only what covers full tiles is hashed into the level above (c2sp.org/tlog-tiles, "Partial Tiles").
      if (height % tileHeight === 0) this.#addToTile(height / tileHeight, hash);
    }
    this.#peaks.push(hash);
    this.#size++;
  }

  root(): Uint8Array {
    const rightToLeft = this.#peaks.toReversed();
    const [smallest = emptyRoot(this.#sha256), ...larger] = rightToLeft;
    return larger.reduce((right, left) => nodeHash(this.#sha256, left, right), smallest);
  }

  takeTiles(): readonly Tile[] {
    const changed = this.#tiles.filter(({ width, isTaken }) => width > 0 && !isTaken);
    const taken = [...this.#full, ...changed.map((tile) => finished(tile, presentHashes(tile).slice()))];
    for (const tile of changed) tile.isTaken = true;
    this.#full = [];
    return taken;
  }

  #addToTile(level: number, hash: Uint8Array): void {
    const tile = (this.#tiles[level] ??= emptyTile(level, 0));
    tile.hashes.set(hash, tile.width * hashBytes);
    tile.width++;
    tile.isTaken = false;
    if (tile.width < tileWidth) return;
    this.#full.push(finished(tile, tile.hashes));
    this.#tiles[level] = emptyTile(level, tile.index + 1);
  }
}

function openTile(level: number, size: number, readTile: (name: TileName) => Uint8Array): UnfinishedTile {
  const count = hashCount(size, level);
  const tile = emptyTile(level, Math.floor(count / tileWidth));
  if (count % tileWidth === 0) return tile;
  const name = tileHolding(count - 1, level, size);
  const hashes = readTile(name);
  if (hashes.length !== name.width * hashBytes) throw new TileLengthError(name, hashes.length);
  tile.hashes.set(hashes);
  return { ...tile, width: name.width, isTaken: true };
}

function emptyTile(level: number, index: number): UnfinishedTile {
  return { level, index, hashes: new Uint8Array(tileWidth * hashBytes), width: 0, isTaken: false };
}

/** The roots of the full subtrees inside a tile, largest first. */
function peaksOf(sha256: Sha256, { hashes, width }: UnfinishedTile): Uint8Array[] {
  const peaks: Uint8Array[] = [];
  let start = 0;
  for (let span = tileWidth / 2; span >= 1; span /= 2) {
    if ((width & span) === 0) continue;
    peaks.push(rootOfHashes(sha256, hashes.subarray(start * hashBytes, (start + span) * hashBytes)));
    start += span;
  }
  return peaks;
}

function presentHashes({ hashes, width }: UnfinishedTile): Uint8Array {
  return hashes.subarray(0, width * hashBytes);
}

function finished({ level, index, width }: UnfinishedTile, bytes: Uint8Array): Tile {
  return { name: { level, index, width }, bytes };
}

function missingPeak(): never {
  throw new Error("a set bit of the size has no subtree");
}
