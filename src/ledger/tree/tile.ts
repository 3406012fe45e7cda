// Names of the files of a tiled log: https://c2sp.org/tlog-tiles
/** Levels of the tree that one level of tiles spans. */
export const tileHeight = 8;

/** Hashes in a full tile, entries in a full bundle: 2^{@link tileHeight}. */
export const tileWidth = 256;

/** `level` is 0 to 63 for tiles of hashes, `entries` for bundles of entries; `width` is 1 to 256, and 256 is full. */
export interface TileName {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

/** One tile of hashes: `width` hashes of 32 bytes, end to end. */
export interface Tile {
  readonly name: TileName;
  readonly bytes: Uint8Array;
}

/** `tile/0/x001/x234/067.p/8`; what it is relative to is the log's own prefix. */
export function formatTilePath({ level, index, width }: TileName): string {
  const partial = width === tileWidth ? "" : `.p/${width}`;
  return `tile/${level}/${formatIndex(index)}${partial}`;
}

const pathPattern = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/** Null for anything but the one spelling that {@link formatTilePath} gives. */
export function parseTilePath(path: string): TileName | null {
  const [, level = "", index = "", width] = pathPattern.exec(path) ?? [];
  const name: TileName = {
    level: level === "entries" ? level : Number(level),
    index: Number(index.replaceAll(/[x/]/g, "")),
    width: width === undefined ? tileWidth : Number(width),
  };
  const isInRange =
    (name.level === "entries" || name.level <= 63) &&
    Number.isSafeInteger(name.index) &&
    name.width >= 1 &&
    (width === undefined || name.width < tileWidth);
  return isInRange && formatTilePath(name) === path ? name : null;
}

/** How many hashes a tree of `size` leaves has at a tile level: each covers 256^level leaves, all present. */
export function hashCount(size: number, level: TileName["level"]): number {
  return level === "entries" ? size : Math.floor(size / tileWidth ** level);
}

/** The tile of a tree of `size` leaves that holds hash (or entry) number `position` of a level, as wide as it is there. */
export function tileHolding(position: number, level: TileName["level"], size: number): TileName {
  const index = Math.floor(position / tileWidth);
  return { level, index, width: Math.min(tileWidth, hashCount(size, level) - index * tileWidth) };
}

// Zero-padded groups of three digits, all but the last with an `x` in front, so that no directory is also a file.
function formatIndex(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
}
