// `reconcile`: holds a provider's own log against the ledger. What it learns is recorded as corrections; it edits nothing.
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { Argument } from "commander";
import type { EndpointId, Place } from "../../base/index.ts";
import { parseProvider, type Policy, regionPlaces } from "../../config/index.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";
import { ledgerDirectory } from "../../cell/index.ts";
import {
  AttemptTable,
  BrokenJsonError,
  ForeignLogError,
  type ProviderLog,
  providerLogs,
  readRecords,
  type Reconciliation,
  Reconciler,
  UnreadableRecordError,
} from "../../operate/index.ts";
import { maxCorrections } from "../../privacy/index.ts";
import { openLogDirectory, type Position } from "../../store/index.ts";
import { addCellOptions, type CalledCell, type CellFlags, withCell } from "../privacy/lifecycle-call.ts";
import type { Command } from "../terminal/command.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { startProgress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { formatReconciliation } from "./reconciliation-text.ts";

export function addReconcileCommand(program: Command): void {
  const reconcile = program
    .command("reconcile")
    .description(
      "hold a provider's own log against the ledger: where each attempt ran, and which calls went past the gateway; exit code 1 if it finds either elsewhere",
    )
    .addArgument(
      new Argument("<kind>", "what kind of log it is").choices(providerLogs.map(({ name }) => name)),
    )
    .argument(
      "<files...>",
      "its files, as JSON or compressed with gzip; `-` is standard input, read as it comes",
    );
  addCellOptions(reconcile).runs((terminal, name: string, files: readonly string[], flags: CellFlags) =>
    withCell(terminal, flags, async (cell) => {
      const log = providerLogs.find((each) => each.name === name);
      if (log === undefined) throw new TypeError(`there is no log \`${name}\``);
      return reconcileFiles(terminal, { cell, log, files, isJson: flags.json ?? false });
    }),
  );
}

interface Recorded {
  readonly recorded: readonly Position[];
  readonly quarantined: readonly EndpointId[];
}

interface Asked {
  readonly cell: CalledCell;
  readonly log: ProviderLog;
  readonly files: readonly string[];
  readonly isJson: boolean;
}

async function reconcileFiles(terminal: Terminal, { cell, log, files, isJson }: Asked): Promise<ExitCode> {
  const { policy } = cell.place;
  const provider = providerIn(policy, log.provider);
  const directory = ledgerDirectory(cell.place.stateDirectory);
  const progress = startProgress(terminal, "reading the ledger");
  const table = new AttemptTable(() => openLogDirectory(directory), endpointsOf(policy, log.provider));
  let last: Position | null = null;
  const reconciler = new Reconciler({
    log,
    ...provider,
    table,
    catchUp: () => table.catchUp((read, size) => progress.update(read, size)),
    batchSize: maxCorrections,
    async record(corrections) {
      const result = await cell.call<Recorded>({
        method: "POST",
        path: "/admin/reconciliations",
        input: { corrections },
      });
      last = result.recorded.at(-1) ?? last;
      return result.quarantined;
    },
    published: async () => (last === null ? undefined : publishedIn(directory, last)),
  });
  try {
    const fault = await takeFiles(terminal, files, { reconciler, log, cell });
    // Before the fault is told, which says that it is recorded.
    const found = await reconciler.finish();
    progress.end();
    if (fault === null || found.recordCount > 0)
      await (isJson ? terminal.printJson(found) : terminal.print(formatReconciliation(found, log.name)));
    if (fault !== null) throw fault;
    return isWell(found) ? exitCode.ok : exitCode.checkFailed;
  } finally {
    progress.end();
    table.close();
  }
}

/** A cell that runs seals every second or so; one that does not, when its state is closed, which is no later run's problem. */
const publishedWithinMs = 10_000;
const lookEveryMs = 100;

/** Gives up without a word: at worst the next run records the same once more. */
async function publishedIn(directory: string, { origin, index }: Position): Promise<void> {
  for (let waitedMs = 0; waitedMs < publishedWithinMs; waitedMs += lookEveryMs) {
    for (const log of await openLogDirectory(directory)) {
      const checkpoint = await log.readCheckpoint();
      if (checkpoint?.origin === origin && checkpoint.size > index) return;
    }
    await setTimeout(lookEveryMs);
  }
}

function isWell({ unreadable, unknownRegions, ...counts }: Reconciliation): boolean {
  const others = Object.keys(unreadable).length + Object.keys(unknownRegions).length;
  return counts.violationCount + counts.unknownCallCount + counts.foreignCount + others === 0;
}

interface TakingFile {
  readonly cell: CalledCell;
  readonly reconciler: Reconciler;
  readonly log: ProviderLog;
}

/** Up to the first that cannot be taken: resolves with what is wrong with it, and null where nothing is. */
async function takeFiles(
  terminal: Terminal,
  files: readonly string[],
  taking: TakingFile,
): Promise<UnusableInputError | null> {
  for (const file of files) {
    const fault = await takeFile(terminal, file, taking);
    if (fault !== null) return fault;
  }
  return null;
}

async function takeFile(
  terminal: Terminal,
  file: string,
  { cell, reconciler, log }: TakingFile,
): Promise<UnusableInputError | null> {
  const isLive = file === "-";
  const name = isLive ? "standard input" : `\`${file}\``;
  try {
    const stream = openFile(terminal, file);
    for await (const records of readRecords(stream, log.wrapper)) {
      await reconciler.take(records);
      if (!isLive) continue;
      // Whoever follows a log may wait for its next record for an hour, and holds up nobody meanwhile.
      await reconciler.flush();
      if (stream.readableLength === 0) await cell.release();
    }
    reconciler.endFile();
    return null;
  } catch (error) {
    if (error instanceof ForeignLogError) return new UnusableInputError([`${name}: ${error.message}`]);
    if (error instanceof BrokenJsonError || error instanceof UnreadableRecordError)
      return new UnusableInputError([
        `${name}: ${error.message}; ${reconciler.recordCount} records before it were taken, and what they showed is recorded: get the file again and repeat the command, which records nothing twice`,
      ]);
    const told = isLive ? error : asUnusable(`${name} cannot be read`, error);
    // What is not of the file is of the cell, which records nothing now.
    if (told === error || !(told instanceof UnusableInputError)) throw told;
    return told;
  }
}

function openFile(terminal: Terminal, file: string): Readable {
  return file === "-" ? terminal.streams.stdin : createReadStream(file);
}

function endpointsOf(policy: Policy, provider: string): ReadonlySet<EndpointId> {
  const endpoints = Array.from(policy.endpoints.values()).filter(
    (endpoint) => endpoint.provider === provider,
  );
  return new Set(endpoints.map(({ id }) => id));
}

interface ProviderFacts {
  readonly scopes: readonly string[];
  readonly placesOf: (region: string) => readonly Place[] | null;
}

/** As the policy in force has it: its own override, if it has one. */
function providerIn({ texts, packs }: Policy, id: string): ProviderFacts {
  const name = `providers/${id}`;
  const text = texts.find((each) => each.name === `packs/${name}.yaml`)?.text;
  const record = packs.find((pack) => pack.id === name);
  if (text === undefined || record === undefined) {
    throw new UnusableInputError([
      `the policy has no endpoint with \`provider: ${id}\`, so none of its attempts can be in this log`,
    ]);
  }
  const shadows = record.isOverride ? `${id}.yaml` : null;
  const parsed = parseProvider({ file: record.file, id, text, shadows });
  if (!parsed.ok) throw new TypeError(`\`${record.file}\` was read with the policy, and cannot be read now`);
  const places = regionPlaces(parsed.value);
  return { scopes: parsed.value.model_scopes, placesOf: (region) => places.get(region) ?? null };
}
