// Brings an index up to a log's checkpoint. Only entries below a checkpoint are indexed: what is not sealed may still
// be lost, and nobody could prove it.
import { equalBytes, fromHex, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import {
  type Checkpoint,
  emptyRoot,
  formatTilePath,
  hashCount,
  leafHash,
  type LogHead,
  type LogReader,
  openTree,
  parseEntry,
  readBundle,
  readTile,
  tileHolding,
  type TileName,
  tileWidth,
  type TreeBuilder,
} from "../../ledger/index.ts";
import { BatchBuilder } from "./index-batch.ts";
import { IndexMovedError, type SearchIndex } from "./search-index.ts";

/** Enough to spread the cost of a transaction, and little enough to hold in memory. */
const batchBundles = 16;

export interface IndexableLog {
  readonly reader: LogReader;
  readonly readCheckpoint: () => Promise<Checkpoint | null>;
  /** Entries indexed so far, of how many. */
  readonly onProgress?: (indexedCount: number, size: number) => void;
}

export interface CatchUp {
  readonly origin: string;
  readonly size: number;
  /** Entries that were not in the index before. */
  readonly addedCount: number;
  /** What the index held was not of this log, and was thrown away: the log was exchanged or cut back. */
  readonly wasReplaced: boolean;
  /** The log's time is over and its entries are deleted; so are its records. */
  readonly isPruned: boolean;
}

/** A log that the index cannot be made from: a file of it is missing or damaged, or contradicts the checkpoint. */
export class UnindexableLogError extends Error {
  constructor(origin: string, reason: string) {
    super(`${origin}: ${reason}; \`bailiwick ledger verify\` says what is wrong with the log`);
    this.name = "UnindexableLogError";
  }
}

/**
 * Null when there is no checkpoint to go by. Two that do it at once share the work: whoever comes second to a batch reads the other's position and goes on there.
 * If it is ended at any moment, the index is complete up to the position that it states.
 */
export async function catchUp(index: SearchIndex, log: IndexableLog): Promise<CatchUp | null> {
  // The index first: what another process has indexed by now, a checkpoint that is read later covers too.
  const heads = await index.heads();
  const checkpoint = await log.readCheckpoint();
  return checkpoint === null ? null : catchUpTo(index, heads, { ...log, checkpoint });
}

interface SealedLog extends IndexableLog {
  readonly checkpoint: Checkpoint;
}

async function catchUpTo(index: SearchIndex, heads: readonly LogHead[], log: SealedLog): Promise<CatchUp> {
  const { origin, size } = log.checkpoint;
  const report = { origin, size, addedCount: 0, wasReplaced: false, isPruned: false };
  if (size > 0 && (await log.reader.list("tile")).length === 0) {
    await index.drop(origin);
    return { ...report, isPruned: true };
  }
  let start = await startOf(headOf(heads, origin), log);
  const wasReplaced = start === null;
  if (start === null) {
    await index.drop(origin);
    start = openTree(sha256, 0, () => new Uint8Array());
  }
  const firstSize = start.size;
  await addBatches(index, log, start);
  return { ...report, addedCount: size - firstSize, wasReplaced };
}

/** The tree that the index stands at, or null when it is not the beginning of the log that the checkpoint states. */
async function startOf(head: LogHead, { reader, checkpoint }: SealedLog): Promise<TreeBuilder | null> {
  if (head.size > checkpoint.size) return null;
  const tree = await readTree(reader, checkpoint, head.size);
  return equalBytes(tree.root(), fromHex(head.root) ?? new Uint8Array()) ? tree : null;
}

function headOf(heads: readonly LogHead[], origin: string): LogHead {
  const found = heads.find((head) => head.origin === origin);
  return found ?? { origin, size: 0, root: toHex(emptyRoot(sha256)) };
}

async function addBatches(index: SearchIndex, log: SealedLog, start: TreeBuilder): Promise<void> {
  const { origin, size, root } = log.checkpoint;
  let tree: TreeBuilder | null = start;
  while (tree !== null && tree.size < size) {
    const from: LogHead = { origin, size: tree.size, root: toHex(tree.root()) };
    const batch = new BatchBuilder(from);
    // Ends where bundles do, so that the next batch begins one.
    const end = Math.min(size, (Math.floor(tree.size / tileWidth) + batchBundles) * tileWidth);
    while (tree.size < end) await addBundle(batch, log, tree);
    if (end === size && !equalBytes(tree.root(), root)) {
      await index.drop(origin);
      throw new UnindexableLogError(origin, "its entries do not give the root that its checkpoint states");
    }
    log.onProgress?.(end, size);
    tree = await addBatch(index, log, { batch, tree });
  }
}

/** Where to go on: behind this batch, or where another process has got to meanwhile; null when that is far enough. */
async function addBatch(
  index: SearchIndex,
  { reader, checkpoint }: SealedLog,
  { batch, tree }: { readonly batch: BatchBuilder; readonly tree: TreeBuilder },
): Promise<TreeBuilder | null> {
  try {
    await index.add(batch.finish(tree.size, tree.root()));
    return tree;
  } catch (error) {
    if (!(error instanceof IndexMovedError)) throw error;
    const head = headOf(await index.heads(), checkpoint.origin);
    return head.size >= checkpoint.size ? null : readTree(reader, checkpoint, head.size);
  }
}

/** Adds what is left of the bundle that the tree's next leaf is in. */
async function addBundle(
  batch: BatchBuilder,
  { reader, checkpoint }: SealedLog,
  tree: TreeBuilder,
): Promise<void> {
  const { origin, size } = checkpoint;
  const name = tileHolding(tree.size, "entries", size);
  const bundle = await readBundle(reader, name);
  if (!bundle.ok)
    throw new UnindexableLogError(origin, `\`${formatTilePath(name)}\`: ${bundle.error.reason}`);
  for (const bytes of bundle.value.entries.slice(tree.size % tileWidth)) {
    const entry = parseEntry(bytes);
    if (!entry.ok) throw new UnindexableLogError(origin, `entry ${tree.size}: ${entry.error.reason}`);
    batch.add(tree.size, entry.value);
    tree.append(leafHash(sha256, bytes));
    // A log has no more leaves than its checkpoint states, also where a wider bundle was read.
    if (tree.size === size) return;
  }
}

/** The tree of the first `size` leaves, out of the tiles of the log as it is now. */
async function readTree(reader: LogReader, checkpoint: Checkpoint, size: number): Promise<TreeBuilder> {
  const tiles = new Map<TileName["level"], Uint8Array>();
  for (let level = 0; hashCount(size, level) > 0; level++) {
    const count = hashCount(size, level);
    const width = count % tileWidth;
    if (width === 0) continue;
    const name = tileHolding(count - 1, level, checkpoint.size);
    const tile = await readTile(reader, name);
    if (tile === null || tile.length < width * 32) {
      throw new UnindexableLogError(checkpoint.origin, `\`${formatTilePath(name)}\` is missing or too short`);
    }
    tiles.set(level, tile.subarray(0, width * 32));
  }
  return openTree(sha256, size, ({ level }) => tiles.get(level) ?? new Uint8Array(0));
}
