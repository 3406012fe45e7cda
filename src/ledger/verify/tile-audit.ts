// Whoever opens it owns its state.
import { equalBytes } from "../../base/index.ts";
import { auditLeftovers, type LeftoverPlace } from "./leftover-audit.ts";
import { readTile } from "./log-reader.ts";
import { hashBytes } from "../tree/merkle.ts";
import { formatTilePath, type Tile, tileHolding, type TileName, tileWidth } from "../tree/tile.ts";

export interface AuditedLog extends LeftoverPlace {
  /** The size of the signed tree. */
  readonly size: number;
}

/** Compares the tiles of a log with those that its entries give. */
export class TileAudit {
  readonly #log: AuditedLog;
  /** Hashes that are not what the entries give, by tile and position in it. Whose fault it is shows at the end. */
  readonly #differences: { readonly name: TileName; readonly position: number }[] = [];
  /** By level; what a later one has not replaced is the right edge of the signed tree. */
  readonly #partials = new Map<TileName["level"], Tile>();
  #count = 0;

  constructor(log: AuditedLog) {
    this.#log = log;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes the tiles that the tree under construction has given up. */
  async compare(tiles: readonly Tile[]): Promise<void> {
    for (const tile of tiles) {
      if (tile.name.width < tileWidth) {
        this.#partials.set(tile.name.level, tile);
      } else {
        this.#partials.delete(tile.name.level);
        await this.#compare(tile);
      }
    }
  }

  /**
   * Where the entries give the signed root, they are right and the tiles are wrong. Where they do not, an entry whose
   * hash the tile of leaves contradicts is the one that was changed, and higher tiles differ only in consequence.
   */
  async finish(isRootSigned: boolean): Promise<void> {
    for (const tile of this.#partials.values()) await this.#compare(tile);
    const leaves = this.#differences.filter(({ name }) => name.level === 0);
    if (isRootSigned || leaves.length === 0) {
      for (const difference of this.#differences) this.#reportTile(difference);
    } else {
      for (const difference of leaves) this.#reportEntry(difference);
    }
  }

  async #compare({ name, bytes }: Tile): Promise<void> {
    this.#count++;
    const { reader, problems } = this.#log;
    const path = formatTilePath(name);
    const found = await readTile(reader, name);
    if (found === null) {
      problems.add("tile", path, "it is missing");
      return;
    }
    await auditLeftovers(this.#log, { name, bytes: found, lengthAt: (width) => width * hashBytes });
    if (found.length !== bytes.length) {
      const byteOffset = Math.min(found.length, bytes.length);
      problems.add("tile", path, `it has ${found.length} bytes instead of ${bytes.length}`, { byteOffset });
    } else if (!equalBytes(found, bytes)) {
      this.#noteDifferences(name, found, bytes);
    }
  }

  #noteDifferences(name: TileName, found: Uint8Array, expected: Uint8Array): void {
    for (let position = 0; position < name.width; position++) {
      const [start, end] = [position * hashBytes, (position + 1) * hashBytes];
      if (!equalBytes(found.subarray(start, end), expected.subarray(start, end))) {
        this.#differences.push({ name, position });
      }
    }
  }

  #reportTile({ name, position }: { readonly name: TileName; readonly position: number }): void {
    const reason = `hash ${position} is not what the entries below it give`;
    this.#log.problems.add("tile", formatTilePath(name), reason, { byteOffset: position * hashBytes });
  }

  #reportEntry({ name, position }: { readonly name: TileName; readonly position: number }): void {
    const index = name.index * tileWidth + position;
    const bundle = formatTilePath(tileHolding(index, "entries", this.#log.size));
    const reason = `its hash is not the one in \`${formatTilePath(name)}\``;
    this.#log.problems.add("entry", bundle, reason, { index });
  }
}
