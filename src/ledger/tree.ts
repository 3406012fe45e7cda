import { concatBytes } from "../base/index.ts";
import type { Sha256 } from "./digest.ts";
import { hashBytes, rootOfHashes } from "./merkle.ts";
import { formatTilePath, hashCount, type Tile, tileHolding, type TileName, tileWidth } from "./tile.ts";

/** Grows a log's tree. Holds one unfinished tile a level and, until they are taken, the tiles that became full. */
export interface TreeBuilder {
  /** Leaves so far. */
  readonly size: number;
  append(leafHash: Uint8Array): void;
  /** The root at the present size (RFC 9162 §2.1.1). */
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
  const levels: UnfinishedTile[] = [];
  for (let level = 0; hashCount(size, level) > 0; level++) levels.push(openLevel(level, size, readTile));
  return new FrontierTree(sha256, size, levels);
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

class FrontierTree implements TreeBuilder {
  readonly #sha256: Sha256;
  readonly #levels: UnfinishedTile[];
  #size: number;
  #full: Tile[] = [];

  constructor(sha256: Sha256, size: number, levels: UnfinishedTile[]) {
    this.#sha256 = sha256;
    this.#size = size;
    this.#levels = levels;
  }

  get size(): number {
    return this.#size;
  }

  append(leafHash: Uint8Array): void {
    if (leafHash.length !== hashBytes)
      throw new RangeError(`a leaf hash has ${leafHash.length} bytes, not 32`);
    this.#add(0, leafHash);
    this.#size++;
  }

  root(): Uint8Array {
    // Each level's own hashes cover the leaves of full tiles below; `rest` is the root over the leaves to their right.
    let rest: Uint8Array = new Uint8Array(0);
    for (const tile of this.#levels) {
      const row = concatBytes([presentHashes(tile), rest]);
      if (row.length > 0) rest = rootOfHashes(this.#sha256, row);
    }
    return rest.length > 0 ? rest : rootOfHashes(this.#sha256, rest);
  }

  takeTiles(): readonly Tile[] {
    const changed = this.#levels.filter(({ width, isTaken }) => width > 0 && !isTaken);
    const taken = [
      ...this.#full,
      ...changed.map((tile) => finished(tile, new Uint8Array(presentHashes(tile)))),
    ];
    for (const tile of changed) tile.isTaken = true;
    this.#full = [];
    return taken;
  }

  #add(level: number, hash: Uint8Array): void {
    const tile = (this.#levels[level] ??= emptyTile(level, 0));
    tile.hashes.set(hash, tile.width * hashBytes);
    tile.width++;
    tile.isTaken = false;
    if (tile.width < tileWidth) return;
    this.#full.push(finished(tile, tile.hashes));
    this.#levels[level] = emptyTile(level, tile.index + 1);
    // Only full tiles are hashed into the level above (c2sp.org/tlog-tiles, "Partial Tiles").
    this.#add(level + 1, rootOfHashes(this.#sha256, tile.hashes));
  }
}

function openLevel(level: number, size: number, readTile: (name: TileName) => Uint8Array): UnfinishedTile {
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

function presentHashes({ hashes, width }: UnfinishedTile): Uint8Array {
  return hashes.subarray(0, width * hashBytes);
}

function finished({ level, index, width }: UnfinishedTile, bytes: Uint8Array): Tile {
  return { name: { level, index, width }, bytes };
}
