// What a cell writes down, and the keys under which it does.
import { join } from "node:path";
import { openAdminToken, openFileService, openVault, type Vault } from "../keys/index.ts";
import { type Ledger, openLedger } from "../store/index.ts";
import { adminTokenFile } from "./admin-address.ts";
import { version } from "./installation.ts";
import type { LoadedCell } from "./loaded-cell.ts";
import { asUnusableState } from "./unusable-input.ts";

export interface CellRecord {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly directory: string;
  readonly adminToken: string;
}

/** Makes keys and folders where they are missing; recovers what a crash left. */
export async function openRecord({
  cell,
  cellFile,
  policy,
  stateDirectory,
}: LoadedCell): Promise<CellRecord> {
  const directory = join(stateDirectory, "ledger");
  try {
    const vault = await openVault({
      directory: join(stateDirectory, "vault"),
      service: openFileService(join(stateDirectory, "keys", "wrapping.key")),
      deployment: policy.deployment,
      cell: cell.id,
    });
    const ledger = await openLedger({
      directory,
      deployment: policy.deployment,
      jurisdiction: cell.place,
      cell: cell.id,
      keysDirectory: join(stateDirectory, "keys", "log"),
      policyHash: policy.law.hash,
      software: `bailiwick/${version}`,
      sealIntervalMs: cellFile.sealIntervalMs,
      retentionDays: cellFile.ledgerRetentionDays,
    });
    const adminToken = openAdminToken(adminTokenFile(stateDirectory));
    return { ledger, vault, directory, adminToken };
  } catch (error) {
    throw asUnusableState(`state of cell \`${cell.id}\` in \`${stateDirectory}\``, error);
  }
}

const watchIntervalMs = 250;

/** Resolves with the reason when the log takes nothing more; a log that was closed has not failed. */
export async function ledgerFailure(cell: string, ledger: Ledger): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const { isWritable, reason } = ledger.state();
      if (isWritable) return;
      clearInterval(timer);
      if (reason !== "closed")
        resolve(`cell \`${cell}\`: the ledger takes nothing more (${reason}); nothing may be sent`);
    }, watchIntervalMs);
    timer.unref();
  });
}
