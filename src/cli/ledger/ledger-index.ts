// Where the index of a ledger directory lies, and bringing it up to date before anybody asks it.
import { dirname, join, resolve } from "node:path";
import {
  catchUp,
  type CatchUp,
  isPostgres,
  openSearchIndex,
  type PublishedLog,
  type SearchIndex,
  UnindexableLogError,
  UnusableIndexError,
} from "../../store/index.ts";
import { isAddress, openLogs } from "./ledger-directory.ts";
import { startProgress } from "../terminal/progress.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface OpenedIndex {
  readonly index: SearchIndex;
  /** What a person may be told of where it is; no password is in it. */
  readonly name: string;
}

/** Opens the index at `target`, runs, and closes it. Null: the file that belongs to the directory. */
export async function withIndex<Value>(
  terminal: Terminal,
  { directory, target }: { readonly directory: string; readonly target: string | null },
  run: (opened: OpenedIndex) => Promise<Value>,
): Promise<Value> {
  const place = target ?? (await fileBeside(terminal, directory));
  const name = isPostgres(place) ? nameOf(place) : place;
  const index = await openSearchIndex(place).catch((error: unknown) => {
    throw asUnusableIndex(name, error);
  });
  try {
    return await run({ index, name });
  } catch (error) {
    throw asUnusableIndex(name, error);
  } finally {
    await index.close();
  }
}

/** Indexes what every log of the directory has sealed since; says on stderr what is more than that. */
export async function catchUpAll(
  terminal: Terminal,
  directory: string,
  { index, name }: OpenedIndex,
): Promise<readonly CatchUp[]> {
  const reports: CatchUp[] = [];
  for (const log of await openLogs(terminal, directory)) {
    const report = await catchUpOne(terminal, index, log);
    if (report === null) continue;
    if (report.wasReplaced) {
      terminal.complain(
        `${report.origin} is not the log that \`${name}\` was made from, or was cut back: it is indexed anew; ` +
          "`bailiwick ledger verify` says whether it is sound",
      );
    }
    reports.push(report);
  }
  return reports;
}

async function catchUpOne(
  terminal: Terminal,
  index: SearchIndex,
  log: PublishedLog,
): Promise<CatchUp | null> {
  const progress = startProgress(terminal, `indexing ${log.directory}`);
  try {
    const { reader } = log;
    return await catchUp(index, {
      reader,
      readCheckpoint: () => log.readCheckpoint(),
      onProgress: progress.update,
    });
  } finally {
    progress.end();
  }
}

/** The file lies in the ledger's directory, beside `log/`; where several cells lie below one folder, in that folder. */
async function fileBeside(terminal: Terminal, directory: string): Promise<string> {
  if (isAddress(directory)) {
    throw new UnusableInputError([
      `\`${directory}\` is not on this machine, so no index can lie beside it; name a file or a database for it`,
    ]);
  }
  const ledgers = new Set((await openLogs(terminal, directory)).map((log) => ledgerOf(log.directory)));
  const [ledger = "", ...others] = ledgers;
  return join(others.length === 0 ? ledger : resolve(directory), "index", "search.sqlite");
}

/** `<ledger>/log/<yyyy-mm>` is a log of `<ledger>`; a log that was copied alone is its own. */
function ledgerOf(logDirectory: string): string {
  const parent = dirname(resolve(logDirectory));
  return parent.endsWith("/log") ? dirname(parent) : resolve(logDirectory);
}

/** Names a database without its user, password and parameters. */
function nameOf(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/)(?:.*@)?([^?]*).*$/, "$1$2");
}

function asUnusableIndex(name: string, error: unknown): unknown {
  if (error instanceof UnusableIndexError || error instanceof UnindexableLogError) {
    return new UnusableInputError([error.message], { cause: error });
  }
  // SQLite's own errors have no errno, but a code of theirs.
  if (error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR") {
    return new UnusableInputError(
      [`index \`${name}\`: ${error.message}; name another file with \`--index\``],
      {
        cause: error,
      },
    );
  }
  return asUnusable(`index \`${name}\` cannot be used; name another file with \`--index\``, error);
}
