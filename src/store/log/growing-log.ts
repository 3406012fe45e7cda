// The ledger thread owns its state.
import { encodeBundle, type Tile, type TileName, tileWidth, type TreeBuilder } from "../../ledger/index.ts";
import type { LogRecord } from "./wal-format.ts";

/** The size and root that a checkpoint states. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A tree and all files that it has and the tree of the last snapshot had not. */
export interface Snapshot extends TreeHead {
  readonly files: readonly Tile[];
}

/** The durable log in memory: the tree's frontier, and the entries since the last bundle that was full. */
export class GrowingLog {
  readonly #tree: TreeBuilder;
  /** The entries from `#firstIndex` on, where a bundle begins. */
  #entries: Uint8Array[];
  #firstIndex: number;
  #newBytes = 0;

  /** `entries` are those of the tree's last bundle, if that is not full. */
  constructor(tree: TreeBuilder, entries: readonly Uint8Array[]) {
    this.#tree = tree;
    this.#entries = [...entries];
    this.#firstIndex = tree.size - entries.length;
  }

  get size(): number {
    return this.#tree.size;
  }

  root(): Uint8Array {
    return this.#tree.root();
  }

  /** Bytes of entries since the last snapshot. */
  get newBytes(): number {
    return this.#newBytes;
  }

  /** Returns the entry's index. */
  add({ entry, hash }: LogRecord): number {
    this.#tree.append(hash);
    this.#entries.push(entry);
    this.#newBytes += entry.length;
    return this.#tree.size - 1;
  }

  /**
   * Hands out the new files and keeps no copy, so the log has to stop when a snapshot cannot be written (log-writer.ts).
   * The last bundle stays, for the next snapshot writes a wider one.
   */
  takeSnapshot(): Snapshot {
    const bundles = this.#bundles();
    const kept = this.#entries.length - (this.#entries.length % tileWidth);
    this.#entries = this.#entries.slice(kept);
    this.#firstIndex += kept;
    this.#newBytes = 0;
    return { size: this.size, root: this.#tree.root(), files: [...bundles, ...this.#tree.takeTiles()] };
  }

  #bundles(): Tile[] {
    const count = Math.ceil(this.#entries.length / tileWidth);
    return Array.from({ length: count }, (_, order) => {
      const entries = this.#entries.slice(order * tileWidth, (order + 1) * tileWidth);
      const index = this.#firstIndex / tileWidth + order;
      const name: TileName = { level: "entries", index, width: entries.length };
      return { name, bytes: encodeBundle(entries) };
    });
  }
}
