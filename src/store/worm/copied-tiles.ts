// Which full tiles and bundles of a log are stored, and which are due. The copies thread owns its state.
import { hashCount, parseTilePath, type TileName, tileWidth } from "../../ledger/index.ts";

/** The files of one level are stored in their order, but for those of a call that failed in the middle. */
interface CopiedLevel {
  /** All below this index are stored. */
  next: number;
  readonly beyond: Set<number>;
}

export class CopiedTiles {
  readonly #levels = new Map<TileName["level"], CopiedLevel>();

  /** Other files than full tiles and bundles are none of its matter. */
  add(path: string): void {
    const name = parseTilePath(path);
    if (name?.width !== tileWidth) return;
    const level = this.#level(name.level);
    level.beyond.add(name.index);
    while (level.beyond.delete(level.next)) level.next++;
  }

  /** Entries at the beginning of the log whose bundles are stored, and the tiles over them. */
  get entryCount(): number {
    return tileWidth * Math.min(this.#level("entries").next, this.#level(0).next);
  }

  /** Full files of a log of `size` entries that are not stored, bundles first; at most `limit`. */
  due(size: number, limit: number): readonly TileName[] {
    const due: TileName[] = [];
    for (const level of levelsOf(size)) {
      const { next, beyond } = this.#level(level);
      const end = Math.floor(hashCount(size, level) / tileWidth);
      for (let index = next; index < end && due.length < limit; index++) {
        if (!beyond.has(index)) due.push({ level, index, width: tileWidth });
      }
    }
    return due;
  }

  #level(level: TileName["level"]): CopiedLevel {
    const present = this.#levels.get(level) ?? { next: 0, beyond: new Set<number>() };
    this.#levels.set(level, present);
    return present;
  }
}

/** The files of a log of `size` entries that are not full: the right edge of the tree. */
export function partialTiles(size: number): readonly TileName[] {
  return levelsOf(size).flatMap((level) => {
    const count = hashCount(size, level);
    const width = count % tileWidth;
    return width === 0 ? [] : [{ level, index: Math.floor(count / tileWidth), width }];
  });
}

/** Levels at which a log of this size has a file, bundles first. */
export function levelsOf(size: number): readonly TileName["level"][] {
  const levels: TileName["level"][] = ["entries"];
  for (let level = 0; hashCount(size, level) > 0; level++) levels.push(level);
  return levels;
}
