// The locked copies of a cell's ledger, as its cell file asks for them.
import { join } from "node:path";
import { randomBytes } from "../keys/index.ts";
import { type AnchoredCopy, append, type Copies, type Ledger, openCopies, stamp } from "../store/index.ts";
import type { LoadedCell } from "./load/loaded-cell.ts";
import { asUnusableState } from "../disk/index.ts";

/** Returns null when the cell file asks for none. The ledger must outlive the copies: each anchor is an entry in it. */
export function openCellCopies(
  { cell, cellFile, wormSecrets, stateDirectory }: LoadedCell,
  ledger: Ledger,
): Copies | null {
  const { worm } = cellFile;
  if (worm === null || wormSecrets === null) return null;
  const { endpoint, region, bucket, prefix, retentionDays, anchorIntervalMs } = worm;
  const options = {
    address: { endpoint, region, bucket, ...wormSecrets },
    prefix,
    ledgerDirectory: join(stateDirectory, "ledger"),
    directory: join(stateDirectory, "worm"),
    retentionDays,
    anchorIntervalMs,
    record: (copy: AnchoredCopy) => {
      const recorder = { cell: cell.id, now: Date.now, randomBytes, ledger };
      return append(recorder, { ...stamp(recorder), t: "worm", ...copy }, { kind: "none" });
    },
  };
  try {
    return openCopies(options);
  } catch (error) {
    throw asUnusableState("`worm` in the cell file", error);
  }
}
