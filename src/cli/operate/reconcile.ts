// `reconcile`: holds a provider's own log against the ledger. What it learns is recorded as corrections; it edits nothing.
import { setTimeout } from "node:timers/promises";
import { Argument } from "commander";
import type { EndpointId } from "../../base/index.ts";
import type { UnusableInputError } from "../../disk/index.ts";
import { ledgerDirectory } from "../../cell/index.ts";
import {
  AttemptTable,
  CallCounter,
  type CallCounts,
  type JoinedLog,
  type ProviderLog,
  providerLogs,
  type Reconciliation,
  Reconciler,
} from "../../operate/index.ts";
import { maxCorrections } from "../../privacy/index.ts";
import { openLogDirectory, type Position } from "../../store/index.ts";
import { addCellOptions, type CalledCell, type CellFlags, withCell } from "../privacy/lifecycle-call.ts";
import type { Command } from "../terminal/command.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { startProgress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { formatCallCounts } from "./call-counts-text.ts";
import { providerFacts } from "./provider-facts.ts";
import { formatReconciliation } from "./reconciliation-text.ts";
import { takeLog } from "./take-log.ts";

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
      "its files, as JSON or compressed with gzip; `s3://bucket/prefix` for all objects below it; `-` is standard input, read as it comes",
    );
  addCellOptions(reconcile).runs((terminal, name: string, files: readonly string[], flags: CellFlags) =>
    withCell(terminal, flags, async (cell) => {
      const log = providerLogs.find((each) => each.name === name);
      if (log === undefined) throw new TypeError(`there is no log \`${name}\``);
      const asked = { cell, files, isJson: flags.json ?? false };
      return isJoined(log) ? joinLog(terminal, { ...asked, log }) : countLog(terminal, { ...asked, log });
    }),
  );
}

function isJoined(log: ProviderLog): log is JoinedLog {
  return log.grade !== null;
}

interface Recorded {
  readonly recorded: readonly Position[];
  readonly quarantined: readonly EndpointId[];
}

interface Asked<Log extends ProviderLog> {
  readonly cell: CalledCell;
  readonly log: Log;
  readonly files: readonly string[];
  readonly isJson: boolean;
}

async function joinLog(
  terminal: Terminal,
  { cell, log, files, isJson }: Asked<JoinedLog>,
): Promise<ExitCode> {
  const { regions, ...provider } = providerFacts(cell.place.policy, log);
  const directory = ledgerDirectory(cell.place.stateDirectory);
  const progress = startProgress(terminal, "reading the ledger");
  const table = new AttemptTable(() => openLogDirectory(directory), new Set(regions.keys()));
  let last: Position | null = null;
  const reconciler = new Reconciler({
    log,
    ...provider,
    table,
    async catchUp() {
      await table.catchUp((read, size) => progress.update(read, size));
      progress.end();
    },
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
    const fault = await takeLog(terminal, { taker: reconciler, log, cell, files });
    // Before the fault is told, which says that it is recorded.
    const found = await reconciler.finish();
    const text = formatReconciliation(found, log.name);
    return await tell(terminal, { found, text, fault, isJson, isWell: isWell(found) });
  } finally {
    table.close();
  }
}

async function countLog(
  terminal: Terminal,
  { cell, log, files, isJson }: Asked<ProviderLog>,
): Promise<ExitCode> {
  const { regions, placesOf } = providerFacts(cell.place.policy, log);
  const directory = ledgerDirectory(cell.place.stateDirectory);
  const progress = startProgress(terminal, "reading the ledger");
  const counter = new CallCounter({
    log,
    openLogs: () => openLogDirectory(directory),
    locations: regions,
    placesOf,
    onProgress: (read, size) => progress.update(read, size),
    now: () => Date.now(),
  });
  try {
    const fault = await takeLog(terminal, { taker: counter, log, cell, files });
    const found = await counter.finish();
    progress.end();
    const text = formatCallCounts(found, log.name);
    return await tell(terminal, { found, text, fault, isJson, isWell: isEven(found) });
  } finally {
    progress.end();
    counter.close();
  }
}

interface Told {
  readonly found: Reconciliation | CallCounts;
  readonly text: string;
  /** What is wrong with the file at which reading ended. */
  readonly fault: UnusableInputError | null;
  readonly isJson: boolean;
  readonly isWell: boolean;
}

async function tell(terminal: Terminal, { found, text, fault, isJson, isWell }: Told): Promise<ExitCode> {
  if (fault === null || found.recordCount > 0)
    await (isJson ? terminal.printJson(found) : terminal.print(text));
  if (fault !== null) throw fault;
  return isWell ? exitCode.ok : exitCode.checkFailed;
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

function isWell({ unreadable, unknownRegions, misplaced, ...counts }: Reconciliation): boolean {
  const others = Object.keys(unreadable).length + Object.keys(unknownRegions).length + misplaced.length;
  return counts.violationCount + counts.unknownCallCount + counts.foreignCount + others === 0;
}

function isEven({ unreadable, surplusCount, foreignCount }: CallCounts): boolean {
  return surplusCount + foreignCount + Object.keys(unreadable).length === 0;
}
