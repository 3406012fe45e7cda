// What was signed before: the state that the writer keeps, the checkpoint that the world sees, and whether they agree
// with each other and with the tiles.
import { join } from "node:path";
import { equalBytes } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  type Checkpoint,
  emptyRoot,
  type NoteKey,
  parseCheckpoint,
  parseNote,
  verifyNote,
} from "../../ledger/index.ts";
import type { FileSystem } from "../../disk/index.ts";
import { readLastEntries, readTree } from "../read/frontier.ts";
import { GrowingLog } from "../log/growing-log.ts";
import { InconsistentTreeError } from "../log/seal.ts";
import type { ShardPaths } from "../log/shard.ts";
import { parseSignedState, type SignedState } from "./signed-state.ts";

/** The log must not be continued from here: it would contradict what others may hold, a fork. */
export class RefusedToOpenError extends Error {
  constructor(path: string, reason: string) {
    super(`\`${path}\` ${reason}; going on could fork the log, so it stays closed`);
    this.name = "RefusedToOpenError";
  }
}

export interface ShardFiles {
  readonly fileSystem: FileSystem;
  readonly paths: ShardPaths;
  readonly origin: string;
}

/** Null when the shard never signed anything. */
export async function readSignedState({
  fileSystem,
  paths,
  origin,
}: ShardFiles): Promise<SignedState | null> {
  const bytes = await fileSystem.read(paths.signedState);
  if (bytes === null) return null;
  const state = parseSignedState(bytes);
  if (!state.ok) throw new RefusedToOpenError(paths.signedState, `is damaged: ${state.error}`);
  if (state.value.origin !== origin) {
    throw new RefusedToOpenError(
      paths.signedState,
      `is of the log \`${state.value.origin}\`, not \`${origin}\` (name deployment, place, cell and replica as when this state began, or give the other name a state of its own)`,
    );
  }
  return state.value;
}

/** A checkpoint with the bytes of its whole note. */
export interface PublishedCheckpoint extends Checkpoint {
  readonly bytes: Uint8Array;
}

/** Null when the shard never published a checkpoint. */
export async function readOwnCheckpoint(
  files: ShardFiles,
  key: NoteKey,
): Promise<PublishedCheckpoint | null> {
  const path = join(files.paths.log, "checkpoint");
  const bytes = await files.fileSystem.read(path);
  if (bytes === null) return null;
  const note = parseNote(bytes);
  if (!note.ok) throw new RefusedToOpenError(path, `is damaged: ${note.error}`);
  const signers = verifyNote(note.value, [key], verifyEd25519);
  if (!signers.ok) throw new RefusedToOpenError(path, `was not signed by this log's key: ${signers.error}`);
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) throw new RefusedToOpenError(path, `is damaged: ${checkpoint.error}`);
  return { ...checkpoint.value, bytes };
}

/** The log as it was signed, from its tiles, which must give the signed root and the published one. */
export async function readSealedLog(
  { fileSystem, paths }: ShardFiles,
  signed: SignedState | null,
  published: Checkpoint | null,
): Promise<GrowingLog> {
  const head = signed ?? { size: 0, root: emptyRoot(sha256) };
  // The state is durable before its checkpoint is published (seal.ts), so an older state is a copy from before.
  if (published !== null && published.size > head.size) {
    throw new RefusedToOpenError(
      paths.signedState,
      `says ${head.size} entries were signed, but the published checkpoint has ${published.size}: it was rolled back`,
    );
  }
  const stored = { fileSystem, directory: paths.log, size: head.size };
  for (const { size, root } of published === null ? [head] : [published, head]) {
    const tree = await readTree(stored, size);
    if (!equalBytes(tree.root(), root)) throw new InconsistentTreeError(paths.log, size);
  }
  return new GrowingLog(await readTree(stored, head.size), await readLastEntries(stored));
}
