// A whole log in memory, as a store would lay it out: bundles, tiles, checkpoints, and the partial files of earlier sizes.
import {
  encodeBundle,
  encodeEntry,
  formatTilePath,
  leafHash,
  type LogReader,
  type NoteSigner,
  openTree,
  signCheckpoint,
  tileHolding,
  tileWidth,
  type WrittenEntry,
} from "../../src/ledger/index.ts";
import { sha256 } from "./ledger-crypto.ts";

export type LogFiles = Map<string, Uint8Array>;

export interface LogPlan {
  readonly entries: readonly (WrittenEntry | Uint8Array)[];
  readonly signer: NoteSigner;
  /** Sizes at which a checkpoint is signed and kept; the last one is the log's. */
  readonly sealedAt: readonly number[];
  /** Replaces what a checkpoint states, to build logs that lie. */
  readonly sign?: typeof signCheckpoint;
}

export function buildLog({ entries, signer, sealedAt, sign = signCheckpoint }: LogPlan): LogFiles {
  const files: LogFiles = new Map();
  const bytes = entries.map((entry) => (entry instanceof Uint8Array ? entry : encodeEntry(entry)));
  const tree = openTree(sha256, 0, () => new Uint8Array());
  for (const size of sealedAt) {
    const from = tree.size - (tree.size % tileWidth);
    for (const entry of bytes.slice(tree.size, size)) tree.append(leafHash(sha256, entry));
    for (let start = from; start < size; start += tileWidth) {
      const bundle = encodeBundle(bytes.slice(start, Math.min(start + tileWidth, size)));
      files.set(formatTilePath(tileHolding(start, "entries", size)), bundle);
    }
    for (const { name, bytes } of tree.takeTiles()) files.set(formatTilePath(name), bytes);
    const checkpoint = sign({ origin: signer.key.name, size, root: tree.root() }, signer);
    files.set(`checkpoints/${size}`, checkpoint);
    files.set("checkpoint", checkpoint);
  }
  return files;
}

export function readerOf(files: ReadonlyMap<string, Uint8Array>): LogReader {
  return {
    read: (path) => Promise.resolve(files.get(path) ?? null),
    list: (directory) => {
      const inside = [...files.keys()].filter((path) => path.startsWith(`${directory}/`));
      return Promise.resolve([
        ...new Set(inside.map((path) => path.slice(directory.length + 1).split("/")[0] ?? "")),
      ]);
    },
  };
}
