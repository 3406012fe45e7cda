// Makes a published checkpoint out of a snapshot of the durable log.
import { dirname, join } from "node:path";
import { equalBytes } from "../../base/index.ts";
import {
  formatTilePath,
  type NoteSigner,
  parseNote,
  signCheckpoint,
  type Tile,
  tileWidth,
} from "../../ledger/index.ts";
import { type Cosigned, type Cosigner, proverOf } from "./cosigner.ts";
import type { DurableFiles, FileSystem } from "../../disk/index.ts";
import { readTree } from "../read/frontier.ts";
import type { Snapshot, TreeHead } from "./growing-log.ts";
import type { ShardPaths } from "./shard.ts";
import { formatSignedState, type SignedState } from "../month/signed-state.ts";

/** One opening of one shard. */
export interface OpenShard {
  readonly fileSystem: FileSystem;
  readonly files: DurableFiles;
  readonly paths: ShardPaths;
  readonly origin: string;
  readonly epoch: number;
  readonly signer: NoteSigner;
  /** Null: the log stands by itself. */
  readonly cosigner: Cosigner | null;
}

/** Files written at once. */
const writeWidth = 8;

/**
 * All entries of the snapshot must be durable. If we crash
 * - before the state: the next seal writes the same bytes to the same names, for the entries are in the WAL;
 * - between state and checkpoint: at most witnesses saw the signature, and the next checkpoint is at least as large;
 * - after the checkpoint: the next opening keeps it; what else is left are partial tiles that no reader needs.
 *
 * Resolves with whether as many witnesses signed as the policy asks for.
 */
export async function seal(
  shard: OpenShard,
  previous: TreeHead,
  next: Snapshot & Pick<SignedState, "open" | "words" | "isEnded">,
): Promise<boolean> {
  const { files, paths, origin, epoch } = shard;
  await writeTiles(shard, next.files);
  await checkGrowth(shard, previous, next);
  await files.replace(paths.signedState, formatSignedState({ ...next, origin, epoch }));
  const { note, isQuorumMet } = await sign(shard, previous, next);
  await files.replace(join(paths.log, "checkpoint"), note);
  await keepCheckpoint(shard, next.size, note);
  await removePartials(shard, next.files);
  return isQuorumMet;
}

/**
 * Asks again for what is published already. Resolves with whether enough witnesses have signed now. If we crash before
 * the note is replaced, the published one stays as it was, with too few cosignatures.
 */
export async function cosignAgain(shard: OpenShard, published: TreeHead): Promise<boolean> {
  const { note, isQuorumMet } = await sign(shard, published, published);
  if (isQuorumMet) await shard.files.replace(join(shard.paths.log, "checkpoint"), note);
  return isQuorumMet;
}

async function sign(
  { fileSystem, paths, origin, signer, cosigner }: OpenShard,
  published: TreeHead,
  next: TreeHead,
): Promise<Cosigned> {
  const note = signCheckpoint({ ...next, origin }, signer);
  if (cosigner === null) return { note, isQuorumMet: true };
  const proveFrom = proverOf(fileSystem, paths.log, next.size);
  return cosigner.cosign({ origin, key: signer.key, published, next, note, proveFrom });
}

/** Runs after the publication: a reader who finds a kept checkpoint larger than the present one sees a rollback. */
export async function keepCheckpoint(
  { fileSystem, files, paths }: Pick<OpenShard, "fileSystem" | "files" | "paths">,
  size: number,
  bytes: Uint8Array,
): Promise<void> {
  const path = join(paths.log, "checkpoints", String(size));
  const kept = await fileSystem.read(path);
  // One whose cosignatures came later is the same checkpoint.
  if (kept === null || textOf(kept) !== textOf(bytes)) await files.writeOnce(path, bytes);
  await fileSystem.syncDirectory(dirname(path));
}

/** Null for what is no note. */
function textOf(bytes: Uint8Array): string | null {
  const note = parseNote(bytes);
  return note.ok ? note.value.text : null;
}

/** The tiles are on disk under their names when this resolves, so no checkpoint comes before a tile that it covers. */
async function writeTiles(shard: OpenShard, tiles: readonly Tile[]): Promise<void> {
  const paths = new Map(tiles.map((tile) => [join(shard.paths.log, formatTilePath(tile.name)), tile]));
  const directories = new Set([...paths.keys()].map((path) => dirname(path)));
  for (const directory of directories) await shard.files.makeDirectory(directory);
  await inParallel([...paths], ([path, { bytes }]) => shard.files.writeOnce(path, bytes));
  for (const directory of directories) await shard.fileSystem.syncDirectory(directory);
}

async function inParallel<Item>(
  items: readonly Item[],
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await action(item);
  };
  await Promise.all(Array.from({ length: writeWidth }, worker));
}

/** A log "MUST NOT sign" what is inconsistent with its past; the last look before signing is at the files themselves. */
async function checkGrowth(
  { fileSystem, paths }: OpenShard,
  previous: TreeHead,
  next: TreeHead,
): Promise<void> {
  const log = { fileSystem, directory: paths.log, size: next.size };
  for (const head of [previous, next]) {
    const tree = await readTree(log, head.size);
    if (!equalBytes(tree.root(), head.root)) throw new InconsistentTreeError(paths.log, head.size);
  }
}

/** Tiles on disk do not give the root that was signed, or that is about to be. */
export class InconsistentTreeError extends Error {
  constructor(directory: string, size: number) {
    super(
      `the tiles in \`${directory}\` give another root for ${size} entries than the log has signed: ` +
        `nothing more is signed; verify the log and restore it from its copies`,
    );
    this.name = "InconsistentTreeError";
  }
}

/** "Partial Tiles MAY be deleted once the full tile exists" (c2sp.org/tlog-tiles): a busy second leaves one of each. */
async function removePartials({ fileSystem, paths }: OpenShard, tiles: readonly Tile[]): Promise<void> {
  for (const { name } of tiles) {
    if (name.width === tileWidth) await fileSystem.removeTree(`${join(paths.log, formatTilePath(name))}.p`);
  }
}
