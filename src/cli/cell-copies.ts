// The locked copies of a cell's ledger, as its cell file asks for them.
import { join } from "node:path";
import { toHex } from "../base/index.ts";
import { randomBytes } from "../keys/index.ts";
import { encodeEntry } from "../ledger/index.ts";
import { type AnchoredCopy, type Copies, type Ledger, openCopies } from "../store/index.ts";
import type { LoadedCell } from "./loaded-cell.ts";
import { asUnusableState } from "./unusable-input.ts";

/** Null when the cell file asks for none. The ledger must outlive them. */
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
      const stamp = { v: 1, n: toHex(randomBytes(16)), ts: Date.now(), cell: cell.id } as const;
      return ledger.append(encodeEntry({ ...stamp, t: "worm", ...copy }), { kind: "none" });
    },
  };
  try {
    return openCopies(options);
  } catch (error) {
    throw asUnusableState("`worm` in the cell file", error);
  }
}
