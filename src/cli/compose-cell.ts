// The composition root: one cell, made of its parts. Nothing else in the program knows all of them.
import type { CellId } from "../base/index.ts";
import type { Policy } from "../config/index.ts";
import { type Gateway, type LegalRegister, openLegalRegister, startGateway } from "../gateway/index.ts";
import type { NoteKey, TrustFile } from "../ledger/index.ts";
import { randomBytes } from "../keys/index.ts";
import { openUpstreams, type Upstreams } from "../providers/index.ts";
import type { Witness } from "../store/index.ts";
import { createLogger, createMetrics } from "../telemetry/index.ts";
import { announceAdmin } from "./admin-address.ts";
import { addressesOf, type RunningEngine, startEngine } from "./cell-engines.ts";
import { openCellCopies } from "./cell-copies.ts";
import { openCellWitness } from "./cell-witness.ts";
import { type CellRecord, ledgerFailure, openRecord } from "./cell-record.ts";
import { legalDirectory } from "./legal-directory.ts";
import { type CellSource, type LoadedCell, loadCell } from "./loaded-cell.ts";
import { readPolicy } from "./policy-file.ts";
import { asUnusable, asUnusableState } from "./unusable-input.ts";

export interface RunningCell {
  readonly name: CellId;
  readonly url: string;
  readonly adminUrl: string;
  readonly policyFile: string;
  readonly stateDirectory: string;
  readonly ledgerDirectory: string;
  readonly verifierKey: NoteKey;
  /** As its cell file has it. */
  readonly trust: TrustFile | null;
  /** What to know before trusting its keys with real subjects; null: nothing. */
  readonly keysWarning: string | null;
  readonly engines: readonly RunningEngine[];
  /** Resolves with the reason when the cell can no longer do its work; never rejects. */
  readonly failed: Promise<string>;
  /** Reads the policy file again. What cannot be used changes nothing, and the cell says so. */
  reload(): Promise<void>;
  /** Whether the newest checkpoint has as many cosignatures as the trust file asks for. */
  isCosigned(): boolean;
  /** Ends what runs, takes nothing more, and closes the log; still cosigns the logs of others. */
  finishLog(): Promise<void>;
  /** Drains the gateway, then closes what it stood on, last opened first. */
  stop(): Promise<void>;
}

/** What has been opened so far, as functions that close it. */
type Opened = (() => Promise<unknown>)[];

/** Resolves when the listeners are open. Whatever had been opened is closed again before an error goes on. */
export async function composeCell(source: CellSource): Promise<RunningCell> {
  const opened: Opened = [];
  try {
    return await compose(loadCell(source), opened);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function compose(loaded: LoadedCell, opened: Opened): Promise<RunningCell> {
  const engines: RunningEngine[] = [];
  for (const asked of loaded.cellFile.simulatedEngines) {
    const engine = await startEngine(loaded, asked);
    opened.push(() => engine.close());
    engines.push(engine);
  }
  const witness = await openCellWitness(loaded);
  opened.push(async () => witness?.release());
  const record = await openRecord(loaded);
  opened.push(
    () => record.ledger.close(),
    () => record.vault.close(),
  );
  const gateway = await openGateway(loaded, { ...record, witness: witness?.witness ?? null }, opened);
  const conceal = announceAdmin(loaded.stateDirectory, gateway.adminUrl);
  opened.push(async () => conceal());
  return {
    name: loaded.cell.id,
    url: gateway.url,
    adminUrl: gateway.adminUrl,
    policyFile: loaded.policyFile,
    stateDirectory: loaded.stateDirectory,
    ledgerDirectory: record.directory,
    verifierKey: record.ledger.verifierKey,
    trust: loaded.trust,
    keysWarning: record.vault.warning,
    engines,
    failed: ledgerFailure(loaded.cell.id, record.ledger),
    reload: () => reload(gateway, loaded.policyFile),
    isCosigned: () => record.ledger.state().quorumMissingSinceMs === null,
    finishLog: () => gateway.quiesce().then(() => record.ledger.close()),
    stop: () => closeAll(opened),
  };
}

async function openGateway(
  loaded: LoadedCell,
  {
    ledger,
    vault,
    records,
    replayMarkFile,
    adminToken,
    witness,
  }: CellRecord & { readonly witness: Witness | null },
  opened: Opened,
): Promise<Gateway> {
  const { cell, cellFile, policy } = loaded;
  const legal = openEvents(loaded);
  const upstreams = openLines(loaded);
  opened.push(() => upstreams.close());
  const copies = openCellCopies(loaded, ledger);
  if (copies !== null) opened.push(() => copies.close());
  try {
    const gateway = await startGateway({
      policy,
      cell: cell.id,
      legal,
      ledger,
      witness,
      isQuorumRequired: cellFile.isQuorumRequired,
      vault,
      records,
      replayMarkFile,
      copies: copies === null ? null : () => copies.state(),
      upstreams,
      metrics: createMetrics(),
      log: createLogger((line) => process.stderr.write(line), Date.now),
      limits: cellFile.limits,
      geoIp: loaded.geoIp,
      trustedProxies: cellFile.trustedProxies,
      listen: cellFile.listen,
      admin: cellFile.admin,
      adminToken,
      now: Date.now,
      randomBytes,
    });
    opened.push(() => gateway.drain());
    return gateway;
  } catch (error) {
    const { listen, admin } = cellFile;
    throw asUnusable(
      `cell \`${cell.id}\` cannot listen on ${listen.host}:${listen.port} and ${admin.host}:${admin.port}`,
      error,
    );
  }
}

async function reload(gateway: Gateway, policyFile: string): Promise<void> {
  await gateway.reload(readUsablePolicy(policyFile));
}

/**
 * Null for whatever is wrong with the file, its packs or its lock, a defect of our reader included: `check` says what,
 * and a cell that serves must not end because somebody saved a file.
 */
function readUsablePolicy(file: string): Policy | null {
  try {
    const policy = readPolicy(file);
    return policy.ok ? policy.value : null;
  } catch {
    return null;
  }
}

function openEvents({ cell, policy, stateDirectory }: LoadedCell): LegalRegister {
  try {
    return openLegalRegister({
      directory: legalDirectory(stateDirectory),
      deployment: policy.deployment,
      keys: policy.eventKeys,
    });
  } catch (error) {
    throw asUnusableState(`legal events of cell \`${cell.id}\``, error);
  }
}

function openLines(loaded: LoadedCell): Upstreams {
  try {
    return openUpstreams(addressesOf(loaded), Date.now);
  } catch (error) {
    throw asUnusableState(`endpoints of cell \`${loaded.cell.id}\``, error);
  }
}

/** One that fails to close does not keep the others open; the first failure goes on when all have been tried. */
async function closeAll(opened: Opened): Promise<void> {
  const failures: unknown[] = [];
  for (const close of opened.splice(0).toReversed()) {
    await close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
