// What a cell writes down, and the keys under which it does.
import { join } from "node:path";
import { encodeUtf8, settled, type SettledMs } from "../base/index.ts";
import {
  type LifecycleAccess,
  type LifecycleReadAccess,
  ContentRecords,
  namesEndpoint,
  Quarantines,
  replay,
  resumeLifecycle,
  StoredObjects,
  type StoredObjectsOptions,
} from "../privacy/index.ts";
import { openAdminToken, openVault, randomBytes } from "../keys/index.ts";
import {
  type Ledger,
  openLedger,
  openLogDirectory,
  type Quarantine,
  readQuarantines,
} from "../store/index.ts";
import { adminTokenFile } from "./admin/admin-address.ts";
import { version } from "./installation.ts";
import { identityOf } from "./cell-keys.ts";
import { openKeyService } from "./key-service.ts";
import type { LocatedCell } from "./load/loaded-cell.ts";
import { requireParts } from "./state-parts.ts";
import { asUnusableState, lockDirectory, requireUnlocked } from "../disk/index.ts";

export interface CellRecord extends LifecycleAccess {
  /** What callers have left in the cell. */
  readonly files: StoredObjects;
  readonly batches: StoredObjects;
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
    const settledNow = (): SettledMs => ledger.state().clock.settledMs;
    const access = { ...(await openKeeping(loaded, ledger.quarantines)), ledger, settledNow };
    opened.push(access.vault);
    const directory = ledgerDirectory(stateDirectory);
    const replayMarkFile = replayMarkFileIn(stateDirectory);
    // INVARIANT: nothing is served until this resolves: what was erased is gone then, and what a crash left is finished.
    await resumeLifecycle(access, { logs: await openLogDirectory(directory), markFile: replayMarkFile });
    return {
      ...access,
      directory,
      files: new StoredObjects(storedIn(loaded, "files")),
      batches: new StoredObjects(storedIn(loaded, "batches")),
      replayMarkFile,
      adminToken: openAdminToken(adminTokenFile(stateDirectory)),
    };
  } catch (error) {
    for (const part of opened.toReversed()) await part.close().catch(() => undefined);
    throw unusableState(loaded, error);
  }
}

function openCellLedger(located: LocatedCell): Promise<Ledger> {
  const { cellFile, policy, stateDirectory, trust } = located;
  return openLedger({
    ...identityOf(located),
    directory: ledgerDirectory(stateDirectory),
    keysDirectory: join(stateDirectory, "keys", "log"),
    policyHash: policy.law.hash,
    policyTexts: policy.texts.map(({ name, text }) => ({ name, bytes: encodeUtf8(text) })),
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
  look: (access: LifecycleReadAccess) => Promise<Value>,
): Promise<Value> {
  requireParts(place);
  const unlock = await orUnusable(place, async () => lockDirectory(ledgerDirectory(place.stateDirectory)));
  try {
    const access = await orUnusable(place, async () => openKeeping(place, await quarantinesOf(place)));
    try {
      await orUnusable(place, () => catchUp(place, access));
      return await look(access);
    } finally {
      await access.vault.close();
    }
  } finally {
    unlock();
  }
}

/** What a restored vault has to forget, it forgets before anybody looks. */
async function catchUp({ stateDirectory }: LocatedCell, access: LifecycleReadAccess): Promise<void> {
  const logs = await openLogDirectory(ledgerDirectory(stateDirectory));
  await replay(access, { logs, markFile: replayMarkFileIn(stateDirectory) });
}

async function orUnusable<Value>(place: LocatedCell, open: () => Promise<Value>): Promise<Value> {
  try {
    return await open();
  } catch (error) {
    throw unusableState(place, error);
  }
}

/** Before anything is opened: what a second process would meet first, such as a port, is not what is wrong. */
export function requireNotRunning(place: LocatedCell): void {
  try {
    requireUnlocked(ledgerDirectory(place.stateDirectory));
  } catch (error) {
    throw unusableState(place, error);
  }
}

function unusableState({ cell, stateDirectory }: LocatedCell, error: unknown): unknown {
  return asUnusableState(`state of cell \`${cell.id}\` in \`${stateDirectory}\``, error);
}

function quarantinesOf(located: LocatedCell): Promise<readonly Quarantine[]> {
  return readQuarantines({
    ...identityOf(located),
    directory: ledgerDirectory(located.stateDirectory),
  });
}

async function openKeeping(
  place: LocatedCell,
  standing: readonly Quarantine[],
): Promise<LifecycleReadAccess> {
  const { cell, policy, stateDirectory } = place;
  const named = { deployment: policy.deployment, cell: cell.id };
  const vault = await openVault({
    directory: join(stateDirectory, "vault"),
    service: await openKeyService(place),
    ...named,
  });
  const records = new ContentRecords(recordsOf(place));
  const quarantines = new Quarantines({
    standing,
    isNamed: (endpoint) => namesEndpoint(policy, cell.id, endpoint),
    // No thread serves anybody: the next start reads the quarantine, and the release.
    impose: async () => {},
    lift: async () => {},
  });
  const knownTenants = (): readonly string[] => Array.from(policy.tenants.keys());
  const kept = { vault, records, quarantines, knownTenants, forgetAnswers };
  return { cell: cell.id, ...kept, now: Date.now, settledNow: uncheckedNow, randomBytes };
}

/** Of a cell that does not run: by the wall clock its holds are listed, and nothing ends. */
function uncheckedNow(): SettledMs {
  return settled(Date.now());
}

/** Where content records lie, and what they are bound to. */
export function recordsOf({
  cell,
  policy,
  stateDirectory,
}: LocatedCell): ConstructorParameters<typeof ContentRecords>[0] {
  return { directory: join(stateDirectory, "records"), deployment: policy.deployment, cell: cell.id };
}

/** The same of what callers leave in the cell. */
export function storedIn(
  { cell, policy, stateDirectory }: LocatedCell,
  what: "files" | "batches",
): StoredObjectsOptions {
  return { directory: join(stateDirectory, what), deployment: policy.deployment, cell: cell.id };
}

/** No thread serves anybody, and none keeps an answer. */
async function forgetAnswers(): Promise<void> {}

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
      const { reason } = ledger.state();
      if (reason === null) return;
      clearInterval(timer);
      if (reason !== "closed")
        resolve(`cell \`${cell}\`: the ledger takes nothing more (${reason}); nothing may be sent`);
    }, watchIntervalMs);
    timer.unref();
  });
}
