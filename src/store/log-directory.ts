// The reader's side of a ledger directory: needs no key, no lock and no running cell.
import { join } from "node:path";
import {
  type Checkpoint,
  formatProofFile,
  formatTilePath,
  type LogReader,
  parseBundle,
  parseCheckpoint,
  parseNote,
  proveInclusion,
  tileHolding,
  tileWidth,
} from "../ledger/index.ts";
import { sha256 } from "../keys/index.ts";
import { nodeFileSystem } from "./file-system.ts";
import { isShardName } from "./shard.ts";

/** One log as it lies in a directory. What it reads is not verified: that is `verifyLog`'s matter, with its `reader`. */
export interface PublishedLog {
  readonly directory: string;
  readonly reader: LogReader;
  /** What the checkpoint states, whoever signed it; null when there is none that can be read. */
  readCheckpoint(): Promise<Checkpoint | null>;
  /** The bytes of one entry under the present checkpoint. Rejects when the log has no such entry, or lost it. */
  readEntry(index: number): Promise<Uint8Array>;
  /** A `.tlog-proof` file (https://c2sp.org/tlog-proof) that the present checkpoint commits to the entry. */
  prove(index: number): Promise<Uint8Array>;
}

/**
 * The logs of a cell's ledger directory, oldest month first; of a directory that is itself one log, as an auditor may
 * have copied it, that one.
 */
export async function openLogDirectory(directory: string): Promise<readonly PublishedLog[]> {
  if ((await nodeFileSystem.list(directory)).includes("checkpoint")) return [publishedLog(directory)];
  const shards = (await nodeFileSystem.list(join(directory, "log"))).filter(isShardName);
  return shards.toSorted().map((shard) => publishedLog(join(directory, "log", shard)));
}

function publishedLog(directory: string): PublishedLog {
  const reader: LogReader = {
    read: (path) => nodeFileSystem.read(join(directory, path)),
    list: (path) => nodeFileSystem.list(join(directory, path)),
  };
  return {
    directory,
    reader,
    readCheckpoint: async () => (await readStated(reader))?.checkpoint ?? null,
    readEntry: async (index) =>
      readEntry(reader, index, (await requireStated(reader, directory)).checkpoint.size),
    prove: async (index) => {
      const { bytes, checkpoint } = await requireStated(reader, directory);
      const hashes = await proveInclusion({ reader, sha256, size: checkpoint.size }, index);
      return formatProofFile({ extra: null, index, hashes, checkpoint: bytes });
    },
  };
}

interface Stated {
  readonly bytes: Uint8Array;
  readonly checkpoint: Checkpoint;
}

async function readStated(reader: LogReader): Promise<Stated | null> {
  const bytes = await reader.read("checkpoint");
  const note = bytes === null ? null : parseNote(bytes);
  const checkpoint = note?.ok ? parseCheckpoint(note.value.text) : null;
  return bytes !== null && checkpoint?.ok ? { bytes, checkpoint: checkpoint.value } : null;
}

async function requireStated(reader: LogReader, directory: string): Promise<Stated> {
  const stated = await readStated(reader);
  if (stated === null) throw new Error(`\`${join(directory, "checkpoint")}\` is missing or is no checkpoint`);
  return stated;
}

async function readEntry(reader: LogReader, index: number, size: number): Promise<Uint8Array> {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`there is no entry ${index} in a log of ${size}`);
  }
  const name = tileHolding(index, "entries", size);
  const path = formatTilePath(name);
  const full = { ...name, width: tileWidth };
  const exact = await reader.read(path);
  // A partial bundle goes when the full one is there, which may happen while we read.
  const bundle = exact
    ? parseBundle(exact, name.width)
    : parseBundle((await reader.read(formatTilePath(full))) ?? new Uint8Array(0), tileWidth);
  const entry = bundle.ok ? bundle.value[index % tileWidth] : undefined;
  if (entry === undefined)
    throw new Error(`\`${path}\` is missing or damaged: run \`bailiwick ledger verify\``);
  return entry;
}
