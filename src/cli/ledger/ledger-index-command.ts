// `ledger index rebuild|follow`: an index made anew, and one that is kept up to date for a fleet.
import { setTimeout as delay } from "node:timers/promises";
import type { CatchUp } from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { openLogs } from "./ledger-directory.ts";
import { catchUpAll, withIndex } from "./ledger-index.ts";
import { shutdownRequest } from "../cell/shutdown.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

const directoryHelp = "a cell's ledger directory, a copy of one log, or the directory of `up`";
const targetHelp = "a file, or postgres://… (default: index/search.sqlite in the ledger's directory)";

interface IndexFlags {
  readonly to?: string;
  readonly json?: boolean;
}

export function addIndexCommand(ledger: Command): void {
  const index = ledger.command("index").description("make and keep the index that `ledger query` searches");
  index
    .command("rebuild")
    .description("throw away what the index holds of these logs, and make it from them again")
    .argument("<directory>", directoryHelp)
    .option("--to <index>", targetHelp)
    .option("--json", "print the result as JSON")
    .runs((terminal, directory: string, flags: IndexFlags) => rebuildIndex(terminal, directory, flags));
  index
    .command("follow")
    .description("index what is sealed, as it is sealed, until SIGTERM")
    .argument("<directory>", directoryHelp)
    .option("--to <index>", targetHelp)
    .option("--json", "print one JSON value a change")
    .runs((terminal, directory: string, flags: IndexFlags) => followLedger(terminal, directory, flags));
}

async function rebuildIndex(
  terminal: Terminal,
  directory: string,
  { to, json }: IndexFlags,
): Promise<ExitCode> {
  return withIndex(terminal, { directory, target: to ?? null }, async (opened) => {
    for (const log of await openLogs(terminal, directory)) {
      const checkpoint = await log.readCheckpoint();
      if (checkpoint !== null) await opened.index.drop(checkpoint.origin);
    }
    await tell(terminal, await catchUpAll(terminal, directory, opened), {
      name: opened.name,
      isJson: json ?? false,
    });
    return exitCode.ok;
  });
}

/** The follower waits this long between two looks at the checkpoint, which is written once a second. */
const pollMs = 1000;
const maxPauseMs = 30_000;

/** A database that is away costs nothing but time: the log has everything, and the follower goes on where it stood. */
async function followLedger(
  terminal: Terminal,
  directory: string,
  { to, json }: IndexFlags,
): Promise<ExitCode> {
  const stop = new AbortController();
  void shutdownRequest(terminal).then(() => stop.abort());
  let pauseMs = pollMs;
  while (!stop.signal.aborted) {
    try {
      await withIndex(terminal, { directory, target: to ?? null }, async (opened) => {
        while (!stop.signal.aborted) {
          const reports = (await catchUpAll(terminal, directory, opened)).filter(isChange);
          if (reports.length > 0) await tell(terminal, reports, { name: opened.name, isJson: json ?? false });
          pauseMs = pollMs;
          await pause(pollMs, stop.signal);
        }
      });
    } catch (error) {
      if (!(error instanceof UnusableInputError)) throw error;
      error.lines.forEach(terminal.complain);
      await pause(pauseMs, stop.signal);
      pauseMs = Math.min(pauseMs * 2, maxPauseMs);
    }
  }
  return exitCode.ok;
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, { signal }).catch(() => undefined);
}

function isChange({ addedCount, wasReplaced }: CatchUp): boolean {
  return addedCount > 0 || wasReplaced;
}

async function tell(
  terminal: Terminal,
  reports: readonly CatchUp[],
  { name, isJson }: { readonly name: string; readonly isJson: boolean },
): Promise<void> {
  if (isJson) {
    await terminal.printJson({ index: name, logs: reports });
    return;
  }
  for (const { origin, size, addedCount, isPruned } of reports) {
    await terminal.print(
      isPruned
        ? `${origin}: pruned, and so is the index`
        : `${origin}: ${size} entries, ${addedCount} of them new`,
    );
  }
}
