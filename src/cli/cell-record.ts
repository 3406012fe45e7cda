// What a cell writes down, and the keys under which it does.
import { join } from "node:path";
import { type Custody, RecordShelf, resumeLifecycle } from "../gateway/index.ts";
import { openAdminToken, openVault, randomBytes } from "../keys/index.ts";
import { type Ledger, openLedger, openLogDirectory } from "../store/index.ts";
import { adminTokenFile } from "./admin-address.ts";
import { version } from "./installation.ts";
import { openKeyService } from "./key-service.ts";
import type { LocatedCell } from "./loaded-cell.ts";
import { asUnusableState } from "./unusable-input.ts";

export interface CellRecord extends Custody {
  readonly directory: string;
  readonly replayMarkFile: string;
  readonly adminToken: string;
}

/**
 * Makes keys and folders where they are missing; recovers what a crash left. The ledger first: its lock keeps a second
 * process out of all the rest.
 */
export async function openRecord(loaded: LocatedCell): Promise<CellRecord> {
  const { cell, stateDirectory } = loaded;
  const opened: { close(): Promise<void> }[] = [];
  try {
    const ledger = await openCellLedger(loaded);
    opened.push(ledger);
    const custody = await openCustody(loaded, ledger);
    opened.push(custody.vault);
    const directory = ledgerDirectory(stateDirectory);
    const replayMarkFile = join(stateDirectory, "vault", "replayed");
    await resumeLifecycle(custody, { logs: await openLogDirectory(directory), markFile: replayMarkFile });
    return {
      ...custody,
      directory,
      replayMarkFile,
      adminToken: openAdminToken(adminTokenFile(stateDirectory)),
    };
  } catch (error) {
    for (const part of opened.toReversed()) await part.close().catch(() => undefined);
    throw asUnusableState(`state of cell \`${cell.id}\` in \`${stateDirectory}\``, error);
  }
}

function openCellLedger({ cell, cellFile, policy, stateDirectory, trust }: LocatedCell): Promise<Ledger> {
  return openLedger({
    directory: ledgerDirectory(stateDirectory),
    deployment: policy.deployment,
    jurisdiction: cell.place,
    cell: cell.id,
    keysDirectory: join(stateDirectory, "keys", "log"),
    policyHash: policy.law.hash,
    software: `bailiwick/${version}`,
    sealIntervalMs: cellFile.sealIntervalMs,
    retentionDays: cellFile.ledgerRetentionDays,
    trust,
  });
}

async function openCustody(loaded: LocatedCell, ledger: Ledger): Promise<Custody> {
  const { cell, policy, stateDirectory } = loaded;
  const place = { deployment: policy.deployment, cell: cell.id };
  const vault = await openVault({
    directory: join(stateDirectory, "vault"),
    service: await openKeyService(loaded),
    ...place,
  });
  const records = new RecordShelf({ directory: join(stateDirectory, "records"), ...place });
  return { cell: cell.id, ledger, vault, records, now: Date.now, randomBytes };
}

export function ledgerDirectory(stateDirectory: string): string {
  return join(stateDirectory, "ledger");
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
