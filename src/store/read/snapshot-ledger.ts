// A copy of a ledger directory that could be opened: each log up to one checkpoint, also while the cell goes on writing.
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  formatTilePath,
  hashCount,
  textDirectory,
  textPath,
  type TileName,
  tileWidth,
} from "../../ledger/index.ts";
import type { BundleMember } from "../export/bundle-layout.ts";
import { nodeFileSystem } from "../../disk/index.ts";
import { openLogDirectory } from "./log-directory.ts";
import { isShardName, type ShardPaths, shardPaths } from "../log/shard.ts";
import { parseSignedState } from "../month/signed-state.ts";
import { levelsOf, partialTiles } from "../worm/copied-tiles.ts";

/** A cell seals each second; between signing and publishing are some milliseconds, or a second while witnesses are slow. */
const attempts = 50;
const pauseMs = 100;

export class SnapshotError extends Error {
  constructor(directory: string, reason: string) {
    super(`\`${directory}\` ${reason}`);
    this.name = "SnapshotError";
  }
}

/**
 * The files of `directory`, with paths relative to it. The write-ahead log is left out: what was acknowledged after the
 * checkpoint, a second's entries at most, is in the next copy.
 */
export async function* snapshotLedger(directory: string): AsyncGenerator<BundleMember, void> {
  const shards = (await nodeFileSystem.list(join(directory, "log"))).filter(isShardName);
  for (const shard of shards.toSorted()) {
    for await (const { name, bytes } of snapshotShard(shardPaths(directory, shard))) {
      yield { name: relative(directory, name), bytes };
    }
  }
}

async function* snapshotShard(paths: ShardPaths): AsyncGenerator<BundleMember, void> {
  const [log] = await openLogDirectory(paths.log);
  const isPruned = (await nodeFileSystem.list(join(paths.log, "tile"))).length === 0;
  const edge = await settledEdge(paths, isPruned);
  if (log === undefined || edge === null) return;
  if (isPruned) {
    for (const [path, bytes] of edge.files) yield { name: path, bytes };
    return;
  }
  for (const name of fullTiles(edge.size)) yield await member(paths.log, formatTilePath(name));
  for (const [path, bytes] of edge.files) yield { name: path, bytes };
  for (const size of await nodeFileSystem.list(join(paths.log, "checkpoints"))) {
    if (Number(size) <= edge.size) yield await member(paths.log, `checkpoints/${size}`);
  }
  // Those that no sealed entry names yet go along: the next copy has the entry too.
  for (const hash of await nodeFileSystem.list(join(paths.log, textDirectory))) {
    yield await member(paths.log, textPath(hash));
  }
}

/** What changes while a log grows, read at one moment. */
interface Edge {
  /** The size that was published; nothing of the copy is beyond it. */
  readonly size: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Null for a shard that has published nothing. */
async function settledEdge(paths: ShardPaths, isPruned: boolean): Promise<Edge | null> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const edge = await readEdge(paths, isPruned);
    if (edge !== "moving") return edge;
    await delay(pauseMs);
  }
  throw new SnapshotError(
    paths.log,
    "is not where its signed state says: the cell ended while it sealed; start it once, so that it recovers, and try again",
  );
}

async function readEdge(paths: ShardPaths, isPruned: boolean): Promise<Edge | null | "moving"> {
  const [log] = await openLogDirectory(paths.log);
  const published = (await log?.readCheckpoint()) ?? null;
  const checkpoint = await nodeFileSystem.read(join(paths.log, "checkpoint"));
  const signed = await nodeFileSystem.read(paths.signedState);
  if (published === null || checkpoint === null) return null;
  const files = new Map([[join(paths.log, "checkpoint"), checkpoint]]);
  if (signed !== null) {
    const state = parseSignedState(signed);
    if (!state.ok) throw new SnapshotError(paths.signedState, `is damaged: ${state.error}`);
    if (state.value.size !== published.size) return "moving";
    files.set(paths.signedState, signed);
  }
  const mark = await nodeFileSystem.read(paths.pruned);
  if (mark !== null) files.set(paths.pruned, mark);
  if (isPruned) return { size: published.size, files };
  for (const name of partialTiles(published.size)) {
    const path = join(paths.log, formatTilePath(name));
    const bytes = await nodeFileSystem.read(path);
    if (bytes === null) return "moving";
    files.set(path, bytes);
  }
  return { size: published.size, files };
}

function* fullTiles(size: number): Generator<TileName, void> {
  for (const level of levelsOf(size)) {
    const count = Math.floor(hashCount(size, level) / tileWidth);
    for (let index = 0; index < count; index++) yield { level, index, width: tileWidth };
  }
}

async function member(directory: string, path: string): Promise<BundleMember> {
  const name = join(directory, path);
  const bytes = await nodeFileSystem.read(name);
  if (bytes === null) throw new SnapshotError(name, "is missing, but a checkpoint covers it: verify the log");
  return { name, bytes };
}
