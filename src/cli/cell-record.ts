// What a cell writes down, and the keys under which it does.
import { join } from "node:path";
import { type Custody, type Keeping, RecordShelf, replay, resumeLifecycle } from "../gateway/index.ts";
import { openAdminToken, openVault, randomBytes } from "../keys/index.ts";
import { type Ledger, lockDirectory, openLedger, openLogDirectory } from "../store/index.ts";
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
  const { stateDirectory } = loaded;
  const opened: { close(): Promise<void> }[] = [];
  try {
    const ledger = await openCellLedger(loaded);
    opened.push(ledger);
    const custody = { ...(await openKeeping(loaded)), ledger };
    opened.push(custody.vault);
    const directory = ledgerDirectory(stateDirectory);
    const replayMarkFile = replayMarkFileIn(stateDirectory);
    await resumeLifecycle(custody, { logs: await openLogDirectory(directory), markFile: replayMarkFile });
    return {
      ...custody,
      directory,
      replayMarkFile,
      adminToken: openAdminToken(adminTokenFile(stateDirectory)),
    };
  } catch (error) {
    for (const part of opened.toReversed()) await part.close().catch(() => undefined);
    throw unusableState(loaded, error);
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

/**
 * For looking at the state of a cell that does not run. The log is not opened, for an opening is an entry, and a
 * checkpoint that no witness is there to cosign.
 */
export async function lookAtState<Value>(
  place: LocatedCell,
  look: (keeping: Keeping) => Promise<Value>,
): Promise<Value> {
  const unlock = await orUnusable(place, async () => lockDirectory(ledgerDirectory(place.stateDirectory)));
  try {
    const keeping = await orUnusable(place, () => openKeeping(place));
    try {
      await orUnusable(place, () => catchUp(place, keeping));
      return await look(keeping);
    } finally {
      await keeping.vault.close();
    }
  } finally {
    unlock();
  }
}

/** What a restored vault has to forget, it forgets before anybody looks. */
async function catchUp({ stateDirectory }: LocatedCell, keeping: Keeping): Promise<void> {
  const logs = await openLogDirectory(ledgerDirectory(stateDirectory));
  await replay(keeping, { logs, markFile: replayMarkFileIn(stateDirectory) });
}

async function orUnusable<Value>(place: LocatedCell, open: () => Promise<Value>): Promise<Value> {
  try {
    return await open();
  } catch (error) {
    throw unusableState(place, error);
  }
}

function unusableState({ cell, stateDirectory }: LocatedCell, error: unknown): unknown {
  return asUnusableState(`state of cell \`${cell.id}\` in \`${stateDirectory}\``, error);
}

async function openKeeping(place: LocatedCell): Promise<Keeping> {
  const { cell, policy, stateDirectory } = place;
  const named = { deployment: policy.deployment, cell: cell.id };
  const vault = await openVault({
    directory: join(stateDirectory, "vault"),
    service: await openKeyService(place),
    ...named,
  });
  const records = new RecordShelf({ directory: join(stateDirectory, "records"), ...named });
  return { cell: cell.id, vault, records, now: Date.now, randomBytes };
}

function replayMarkFileIn(stateDirectory: string): string {
  return join(stateDirectory, "vault", "replayed");
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
