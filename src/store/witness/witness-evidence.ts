// What a witness keeps of a log that signed two trees of one size: both signed notes, which prove it to anybody who has
// the log's key (docs/spec/witness.md). They lie beside its record of the log.
import { join } from "node:path";
import { decodeUtf8, encodeUtf8, toHex } from "../../base/index.ts";
import type { DurableFiles, FileSystem } from "../../disk/index.ts";
import { sha256 } from "../../keys/index.ts";
import { type Checkpoint, parseCheckpoint, parseNote } from "../../ledger/index.ts";

/** Two notes of one size, each with the log's signature and no stranger's. */
export interface SignedPair {
  readonly shown: Checkpoint;
  readonly knownNote: Uint8Array;
  readonly shownNote: Uint8Array;
}

/** Of one log. */
export interface RecordDirectory {
  readonly fileSystem: FileSystem;
  readonly files: DurableFiles;
  readonly directory: string;
}

export interface KeptNote {
  /** Of the file. */
  readonly path: string;
  /** Of the file's bytes, hex. */
  readonly sha256: string;
  readonly note: string;
}

export interface KeptPair {
  readonly origin: string;
  readonly size: number;
  readonly known: KeptNote;
  readonly shown: KeptNote;
}

const folder = "contradictions";
/** Of each log. Whoever holds its key can sign ever more trees; a few prove as much. */
const maxPairs = 16;

/**
 * Once for each head that was shown. If we crash in here, the pair is not whole, is not told of, and is kept when it is
 * shown again.
 */
export async function keepPair(
  { fileSystem, files, directory }: RecordDirectory,
  { shown, knownNote, shownNote }: SignedPair,
): Promise<void> {
  const place = join(directory, folder);
  const name = `${shown.size}-${toHex(shown.root)}`;
  const names = await fileSystem.list(place);
  const kept = names.filter((each) => each.endsWith(".shown"));
  if (kept.includes(`${name}.shown`) || kept.length >= maxPairs) return;
  await files.makeDirectory(place);
  await files.replace(join(place, `${name}.known`), knownNote);
  await files.replace(join(place, `${name}.shown`), shownNote);
}

/** Of all logs that the witness with its state in `directory` follows. */
export async function readPairs(fileSystem: FileSystem, directory: string): Promise<readonly KeptPair[]> {
  const logs = (await fileSystem.list(directory)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const pairs = await Promise.all(logs.map((log) => readPairsOf(fileSystem, join(directory, log, folder))));
  return pairs.flat();
}

async function readPairsOf(fileSystem: FileSystem, place: string): Promise<readonly KeptPair[]> {
  const pairs: KeptPair[] = [];
  for (const name of (await fileSystem.list(place)).toSorted()) {
    if (!name.endsWith(".shown")) continue;
    const [shown, known] = await Promise.all(
      [name, name.replace(/shown$/, "known")].map((each) => readNote(fileSystem, join(place, each))),
    );
    if (shown && known) pairs.push({ ...headOf(shown), known, shown });
  }
  return pairs;
}

async function readNote(fileSystem: FileSystem, path: string): Promise<KeptNote | null> {
  const bytes = await fileSystem.read(path);
  return bytes && { path, sha256: toHex(sha256(bytes)), note: decodeUtf8(bytes) ?? "" };
}

function headOf({ note }: KeptNote): { readonly origin: string; readonly size: number } {
  const parsed = parseNote(encodeUtf8(note));
  const head = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed;
  return head.ok ? head.value : { origin: "", size: 0 };
}
