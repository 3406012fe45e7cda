// The place where witnesses come in: between the log's own signature and the moment when the world sees it.
import type { InstantMs } from "../../base/index.ts";
import { type NoteKey, proveConsistency } from "../../ledger/index.ts";
import { sha256 } from "../../keys/index.ts";
import type { FileSystem } from "../../disk/index.ts";
import type { TreeHead } from "./growing-log.ts";
import { join } from "node:path";

/** Lives in the ledger thread, once for all logs of a cell. */
export interface Cosigner {
  /** The largest tree, signed by this key, that a witness within reach has cosigned; null when nobody shows one. */
  newestWitnessed(log: NoteKey): Promise<TreeHead | null>;
  /** When witnesses that are asked made the cosignatures under this note, as they say. */
  datesOf(note: Uint8Array): readonly InstantMs[];
  /**
   * Resolves within its own time limit, with whatever signatures came by then. Rejects with {@link ForkError} when a
   * witness has seen more of this log than we have, or something else; then nothing is published any more.
   */
  cosign(request: CosignRequest): Promise<Cosigned>;
}

export interface CosignRequest {
  readonly origin: string;
  /** The log's key: what a witness shows counts against us only under our own signature. */
  readonly key: NoteKey;
  /** What is published now; the witnesses may know an older tree. */
  readonly published: TreeHead;
  readonly next: TreeHead;
  /** The checkpoint of `next` as a note with the log's own signature alone. */
  readonly note: Uint8Array;
  /** Proves, out of the tiles, that the tree of the first `size` entries grew to `next`; empty when `size` is 0. */
  readonly proveFrom: (size: number) => Promise<readonly Uint8Array[]>;
}

export interface Cosigned {
  /** The note to publish: the one that was given, with signature lines added. */
  readonly note: Uint8Array;
  readonly isQuorumMet: boolean;
}

/** This copy of the log contradicts, or lags behind, what a witness has cosigned: it is a fork, or was rolled back. */
export class ForkError extends Error {
  constructor(origin: string, reason: string) {
    super(
      `the log \`${origin}\` ${reason}: nothing more is signed; verify the log and restore it from its copies`,
    );
    this.name = "ForkError";
  }
}

/** Proofs from the tiles in `directory`, which hold the tree of `size` entries. */
export function proverOf(
  fileSystem: FileSystem,
  directory: string,
  size: number,
): CosignRequest["proveFrom"] {
  const reader = {
    read: (path: string) => fileSystem.read(join(directory, path)),
    list: (path: string) => fileSystem.list(join(directory, path)),
  };
  return (from) => (from === 0 ? Promise.resolve([]) : proveConsistency({ reader, sha256, size }, from));
}
