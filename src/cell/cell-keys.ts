// The keys by which others know a cell: that of its present log, and that of its witness.
import { join } from "node:path";
import { openSigningKey, sha256 } from "../keys/index.ts";
import { cosignatureType, type NoteKey, type NoteSigner, noteKey } from "../ledger/index.ts";
import { type LogIdentity, presentLogKey, witnessNameOf } from "../store/index.ts";
import type { LocatedCell } from "./load/loaded-cell.ts";
import { requireParts } from "./state-parts.ts";
import { asUnusableState } from "../disk/index.ts";

export interface CellKeys {
  readonly log: NoteKey;
  readonly witness: NoteKey;
  /** The witness's submission prefix. */
  readonly witnessUrl: string;
}

/** Makes the keys where they are missing, so that peers can be told of them before the cell's first start. */
export function openCellKeys(loaded: LocatedCell): CellKeys {
  const { stateDirectory, cell } = loaded;
  requireParts(loaded);
  try {
    return {
      log: presentLogKey(logKeysDirectory(stateDirectory), identityOf(loaded), Date.now()),
      witness: openWitnessSigner(loaded).key,
      witnessUrl: `${cell.url.replace(/\/$/, "")}/witness`,
    };
  } catch (error) {
    throw asUnusableState(`keys of cell \`${cell.id}\` in \`${stateDirectory}\``, error);
  }
}

export function openWitnessSigner(loaded: LocatedCell): NoteSigner {
  const key = openSigningKey(join(loaded.stateDirectory, "keys", "witness.pem"));
  const name = witnessNameOf(identityOf(loaded));
  return {
    key: noteKey(sha256, { name, type: cosignatureType, publicKey: key.publicKey }),
    sign: (message) => key.sign(message),
  };
}

export function logKeysDirectory(stateDirectory: string): string {
  return join(stateDirectory, "keys", "log");
}

export function identityOf({ policy, cell, cellFile }: LocatedCell): LogIdentity {
  return {
    deployment: policy.deployment,
    jurisdiction: cell.place,
    cell: cell.id,
    replica: cellFile.fleet?.replica ?? null,
  };
}
