// What can be read of one log that was published, in whatever medium.
import { join } from "node:path";
import {
  type Checkpoint,
  formatProofFile,
  formatTilePath,
  type LogReader,
  parseCheckpoint,
  parseNote,
  proveInclusion,
  readBundle,
  tileHolding,
  tileWidth,
} from "../../ledger/index.ts";
import { sha256 } from "../../keys/index.ts";

/** One log, wherever it lies. What is read of it is not verified: that is `verifyLog`'s matter, with its `reader`. */
export interface PublishedLog {
  /** Where it lies, as a person would name it. */
  readonly directory: string;
  readonly reader: LogReader;
  /** What the checkpoint states, whoever signed it; null when there is none that can be read. */
  readCheckpoint(): Promise<Checkpoint | null>;
  /** False for a log of which only the checkpoint is here: it was pruned, or lost. One without entries has them all. */
  hasEntries(): Promise<boolean>;
  /** The bytes of one entry under the present checkpoint. Rejects when the log has no such entry, or lost it. */
  readEntry(index: number): Promise<Uint8Array>;
  /** The same for all from one to another, both inclusive, in order; reads each file once. */
  readEntries(first: number, last: number): AsyncIterable<StoredEntry>;
  /** A `.tlog-proof` file (https://c2sp.org/tlog-proof) that the present checkpoint commits to the entry. */
  prove(index: number): Promise<Uint8Array>;
}

export interface StoredEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export function publishedLog(directory: string, reader: LogReader): PublishedLog {
  return {
    directory,
    reader,
    readCheckpoint: async () => (await readStated(reader))?.checkpoint ?? null,
    hasEntries: async () => {
      const size = (await readStated(reader))?.checkpoint.size ?? 0;
      return size === 0 || (await readBundle(reader, tileHolding(0, "entries", size))).ok;
    },
    readEntry: async (index) => {
      for await (const { bytes } of readEntries({ reader, directory }, index, index)) return bytes;
      throw new RangeError(`there is no entry ${index}`);
    },
    readEntries: (first, last) => readEntries({ reader, directory }, first, last),
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

async function* readEntries(
  { reader, directory }: Pick<PublishedLog, "reader" | "directory">,
  first: number,
  last: number,
): AsyncGenerator<StoredEntry> {
  const { size } = (await requireStated(reader, directory)).checkpoint;
  if (!Number.isInteger(first) || first < 0 || last >= size)
    throw new RangeError(`there is no entry ${last} in a log of ${size}`);
  for (let index = first; index <= last;) {
    const name = tileHolding(index, "entries", size);
    const bundle = await readBundle(reader, name);
    if (!bundle.ok) {
      throw new Error(`\`${formatTilePath(name)}\` is missing or damaged: run \`bailiwick ledger verify\``);
    }
    for (const bytes of bundle.value.entries.slice(
      index % tileWidth,
      (index % tileWidth) + last - index + 1,
    )) {
      yield { index: index++, bytes };
    }
  }
}
