import { join } from "node:path";
import { openWitness, type Witness } from "../store/index.ts";
import { openWitnessSigner } from "./cell-keys.ts";
import type { LocatedCell } from "./load/loaded-cell.ts";
import { asUnusableState, lockDirectory } from "../disk/index.ts";

export interface CellWitness {
  readonly witness: Witness;
  /** Gives up the lock, so that another process can use the witness's state. */
  readonly release: () => void;
}

/** Null where no trust file says whose logs to cosign. Holds a lock: of two processes, each would undo the other's record. */
export async function openCellWitness(loaded: LocatedCell): Promise<CellWitness | null> {
  const { trust, stateDirectory, cell } = loaded;
  if (trust === null) return null;
  const directory = join(stateDirectory, "witness");
  let release: (() => void) | null = null;
  try {
    release = lockDirectory(directory);
    const signer = openWitnessSigner(loaded);
    const witness = await openWitness({ directory, signer, logs: trust.logs, now: Date.now });
    return { witness, release };
  } catch (error) {
    release?.();
    throw asUnusableState(`witness of cell \`${cell.id}\` in \`${directory}\``, error);
  }
}
