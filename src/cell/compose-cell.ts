// Owner: the control thread. The composition root: one cell, made of its parts. Nothing else in the program knows all of them.
import { join } from "node:path";
import type { CellId, TenantId } from "../base/index.ts";
import { UnusableInputError } from "../disk/index.ts";
import { type LegalRegister, openLegalRegister, openLimitMemory, openTally } from "../gateway/index.ts";
import type { NoteKey, TrustFile } from "../ledger/index.ts";
import { monotonicNow } from "../clock/index.ts";
import { randomPool } from "../keys/index.ts";
import type { Witness } from "../store/index.ts";
import { createLogger, gatherLines, type Logger, openLineOutput } from "../telemetry/index.ts";
import { announceAdmin } from "./admin/admin-address.ts";
import { capacityOf, type ProcessLimits } from "./load/capacity.ts";
import { type RunningEngine, startEngine } from "./cell-engines.ts";
import { openCellCopies } from "./cell-copies.ts";
import { openCellLeases } from "./cell-leases.ts";
import { requireCountedRetention } from "./load/counted-retention.ts";
import { openCellWitness } from "./cell-witness.ts";
import {
  type CellRecord,
  ledgerFailure,
  openRecord,
  recordsOf,
  requireNotRunning,
  storedIn,
} from "./cell-record.ts";
import { type CellThreadParts, type CellThreads, startCellThreads } from "./threads/cell-threads.ts";
import type { NextPolicy } from "./threads/control-thread.ts";
import { endpointAddresses } from "./load/endpoint-addresses.ts";
import { legalDirectory } from "./load/legal-directory.ts";
import { keySetSources } from "./load/key-set-sources.ts";
import { readListenerTls } from "./load/listener-tls.ts";
import { type CellSource, type LoadedCell, loadCell } from "./load/loaded-cell.ts";
import { requireServableByThreads } from "./load/one-thread-only.ts";
import { parsePolicyTexts, readPolicyTexts } from "./load/policy-texts.ts";
import { noteParts, requireParts } from "./state-parts.ts";
import { asUnusableState } from "../disk/index.ts";

export interface RunningCell {
  readonly name: CellId;
  readonly url: string;
  readonly adminUrl: string;
  readonly policyFile: string;
  readonly stateDirectory: string;
  readonly ledgerDirectory: string;
  readonly verifierKey: NoteKey;
  /** It says who cosigns this cell's log, and whose logs it cosigns; null: nobody. */
  readonly trust: TrustFile | null;
  /** What to know before trusting its keys with real subjects; null: nothing. */
  readonly keysWarning: string | null;
  readonly engines: readonly RunningEngine[];
  /** For how long a drain may wait for answers under way. */
  readonly drainTimeoutMs: number;
  /** Resolves with the reason when the cell can no longer do its work; never rejects. */
  readonly failed: Promise<string>;
  /** Reads the policy file again. What cannot be used changes nothing, and the cell says so. */
  reload(): Promise<void>;
  /** Whether the newest checkpoint has as many cosignatures as the trust file asks for. */
  isCosigned(): boolean;
  /** Ends what runs, takes nothing more, and closes the log; still cosigns the logs of others. */
  finishLog(): Promise<void>;
  /** Drains the threads, then closes what it stood on, last opened first. */
  stop(): Promise<void>;
}

/** What has been opened so far, as functions that close it. */
type Opened = (() => Promise<unknown>)[];

/** Resolves when the listeners are open. Whatever had been opened is closed again before an error goes on. */
export async function composeCell(source: CellSource, limits: ProcessLimits): Promise<RunningCell> {
  const opened: Opened = [];
  try {
    const loaded = loadCell(source);
    requireNotRunning(loaded);
    requireParts(loaded);
    requireCountedRetention(loaded);
    requireServableByThreads(loaded);
    return await compose({ ...loaded, processLimits: limits }, opened);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

interface ComposedCell extends LoadedCell {
  readonly processLimits: ProcessLimits;
}

async function compose(loaded: ComposedCell, opened: Opened): Promise<RunningCell> {
  // INVARIANT: whatever writes to the ledger is opened after it, and so is closed before it (`closeAll` goes backwards).
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
  const output = openLineOutput(process.stderr);
  const lines = gatherLines(output);
  // Last of all that is closed, for the others still have something to tell.
  opened.unshift(async () => lines.flush());
  const log = createLogger((line) => lines.write(line), Date.now);
  const told = {
    log,
    writeLines: (text: string, lineCount: number) => output.write(text, lineCount),
    droppedLogLines: () => output.droppedCount,
  };
  const threads = await openThreads(
    loaded,
    { ...record, ...told, witness: witness?.witness ?? null },
    opened,
  );
  const conceal = announceAdmin(loaded.stateDirectory, threads.adminUrl);
  opened.push(async () => conceal());
  noteParts(loaded.stateDirectory);
  return {
    name: loaded.cell.id,
    url: threads.url,
    adminUrl: threads.adminUrl,
    policyFile: loaded.policyFile,
    stateDirectory: loaded.stateDirectory,
    ledgerDirectory: record.directory,
    verifierKey: record.ledger.verifierKey,
    trust: loaded.trust,
    keysWarning: record.vault.warning,
    engines,
    drainTimeoutMs: loaded.cellFile.limits.drainTimeoutMs,
    failed: Promise.race([ledgerFailure(loaded.cell.id, record.ledger), threads.failed]),
    reload: async () => {
      renewCountries(loaded, log);
      if (loaded.geoIp !== null) await threads.renewCountries(loaded.geoIp.bytes);
      await renewCertificates(loaded, threads, log);
      await threads.reload(readUsablePolicy(loaded));
    },
    isCosigned: () => record.ledger.state().quorumMissingSinceMs === null,
    finishLog: () => threads.quiesce().then(() => record.ledger.close()),
    stop: () => closeAll(opened),
  };
}

/** An address only adds to what is known, so a file that cannot be read leaves the last good one in force. */
function renewCountries({ geoIp, cell }: LoadedCell, log: Logger): void {
  try {
    geoIp?.renew();
  } catch (thrown) {
    const cause = thrown instanceof UnusableInputError ? thrown.cause : null;
    if (!(cause instanceof Error))
      return log({ event: "internal_error", cell: cell.id, request: null, thrown });
    const fault = "syscall" in cause ? "unreadable" : "damaged";
    log({ event: "countries_refused", cell: cell.id, fault });
  }
}

/** As with the policy: what cannot be used changes nothing. */
async function renewCertificates(loaded: LoadedCell, threads: CellThreads, log: Logger): Promise<void> {
  try {
    const tls = readListenerTls(loaded);
    if (tls !== null) await threads.renewTls(tls);
  } catch (thrown) {
    const { id: cell } = loaded.cell;
    if (thrown instanceof UnusableInputError) log({ event: "certificates_refused", cell });
    else log({ event: "internal_error", cell, request: null, thrown });
  }
}

interface Told {
  readonly witness: Witness | null;
  readonly log: Logger;
  /** Of a thread of its own. */
  readonly writeLines: (text: string, lineCount: number) => void;
  readonly droppedLogLines: () => number;
}

async function openThreads(
  loaded: ComposedCell,
  { witness, log, writeLines, droppedLogLines, ...record }: CellRecord & Told,
  opened: Opened,
): Promise<CellThreads> {
  const { ledger, vault } = record;
  const { cell, cellFile, policy, policyTexts, addresses } = loaded;
  const { limits, trustedProxies, isQuorumRequired, listen, admin, corsOrigins } = cellFile;
  const capacity = capacityOfCell(loaded);
  const copies = openCellCopies(loaded, ledger);
  if (copies !== null) opened.push(() => copies.close());
  const counted = {
    policy,
    ledger,
    handleOf: (tenant: TenantId) => vault.tenantHandle(tenant),
    now: Date.now,
  };
  const limitMemory = await openLimitMemory(counted, cellFile.gatewayThreads, cellFile.fleet?.replicas);
  const leases = await openCellLeases(loaded, { memory: limitMemory, ledger, log });
  opened.push(async () => leases?.close());
  const threads = await startCellThreads({
    settings: {
      cell: cell.id,
      limits,
      capacity,
      corsOrigins,
      trustedProxies,
      isQuorumRequired,
      listen,
      isPortShared: false,
    },
    workers: workersOf(loaded, writeLines),
    first: { policy, texts: policyTexts, addresses, keySets: loaded.keySets },
    tls: loaded.tls,
    parsePolicy: parsePolicyTexts,
    legal: openEvents(loaded),
    ...keptOf(record),
    ledger,
    witness,
    vault,
    keySetsDirectory: join(loaded.stateDirectory, "identity"),
    copies: copies === null ? null : () => copies.state(),
    tally: await openTally(counted),
    limitMemory,
    geoIp: loaded.geoIp,
    admin,
    droppedLogLines,
    tools: {
      log,
      now: Date.now,
      monotonicNow,
      randomBytes: randomPool(),
    },
  });
  opened.push(() => threads.drain());
  return leases?.following(threads) ?? threads;
}

function keptOf({
  records,
  files,
  batches,
  replayMarkFile,
  adminToken,
}: Omit<CellRecord, "directory">): Pick<
  CellThreadParts,
  "records" | "files" | "batches" | "replayMarkFile" | "adminToken"
> {
  return { records, files, batches, replayMarkFile, adminToken };
}

function capacityOfCell({ cellFile, processLimits }: ComposedCell): ReturnType<typeof capacityOf> {
  return capacityOf(cellFile.capacity, {
    ...processLimits,
    hasOwnEngines: cellFile.simulatedEngines.length > 0,
    ownThreads: cellFile.gatewayThreads === 1 ? 0 : cellFile.gatewayThreads,
  });
}

function storedOf(loaded: LoadedCell): NonNullable<CellThreadParts["workers"]>["stored"] {
  return { files: storedIn(loaded, "files"), batches: storedIn(loaded, "batches") };
}

/** Null: this thread serves callers too. */
function workersOf(loaded: LoadedCell, writeLines: Told["writeLines"]): CellThreadParts["workers"] {
  const { gatewayThreads: count } = loaded.cellFile;
  if (count === 1) return null;
  return {
    count,
    records: recordsOf(loaded),
    stored: storedOf(loaded),
    countries: () => loaded.geoIp?.bytes ?? null,
    writeLines,
  };
}

/**
 * Returns null whatever is wrong with the file, its packs, its lock or the secrets that it names, even if our reader is at
 * fault: `check` says what it is, and a cell that serves must not end because somebody saved a file.
 */
function readUsablePolicy({ policyFile, cell, modelFiles }: LoadedCell): NextPolicy | null {
  try {
    const read = readPolicyTexts(policyFile);
    if (!read.ok) return null;
    const addresses = endpointAddresses(read.value.policy, { cell: cell.id, policyFile, modelFiles });
    return { ...read.value, addresses, keySets: keySetSources(read.value.policy, policyFile) };
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

/** One that fails to close does not keep the others open; the first failure goes on when all have been tried. */
async function closeAll(opened: Opened): Promise<void> {
  const failures: unknown[] = [];
  for (const close of opened.splice(0).toReversed()) {
    await close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
