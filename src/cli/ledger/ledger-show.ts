import { decodeUtf8, formatInstant } from "../../base/index.ts";
import { parseEntry } from "../../ledger/index.ts";
import type { PublishedLog, StoredEntry } from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { openLogs, openOneLog } from "./ledger-directory.ts";
import { summaryOf } from "./ledger-summary.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface ShowOptions {
  /** `from` and `to` are inclusive; what is beyond the end is left out, unless one entry was asked for. */
  readonly from: number;
  readonly to: number;
  readonly isOne: boolean;
  readonly isJson: boolean;
}

/** Prints entries as they are stored. Whether the log is sound is the verifier's question. */
export async function showLedger(
  terminal: Terminal,
  directory: string,
  options: ShowOptions,
): Promise<ExitCode> {
  const logs = options.isOne ? [await openOneLog(terminal, directory)] : await openLogs(terminal, directory);
  for (const log of logs) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint === null) {
      throw new UnusableInputError([
        `\`${log.directory}\` has no checkpoint that can be read; \`bailiwick ledger verify\` says more`,
      ]);
    }
    const last = options.isOne ? options.to : Math.min(options.to, checkpoint.size - 1);
    if (!options.isOne && !(await log.hasEntries())) {
      terminal.note(
        `${checkpoint.origin}: its entries are not here: pruned, or lost; \`ledger verify\` says which`,
      );
      continue;
    }
    if (!options.isJson) await terminal.print(`${checkpoint.origin}, ${checkpoint.size} entries`);
    for await (const { index, bytes } of entriesOf(log, options.from, last)) {
      await terminal.print(
        options.isJson ? jsonLine(checkpoint.origin, index, bytes) : textLine(index, bytes, options.isOne),
      );
    }
  }
  return exitCode.ok;
}

export async function readEntry(log: PublishedLog, index: number): Promise<Uint8Array> {
  for await (const { bytes } of entriesOf(log, index, index)) return bytes;
  throw new UnusableInputError([`there is no entry ${index}`]);
}

/** What is missing or damaged is the input's fault, and the store says which file it is. */
async function* entriesOf(log: PublishedLog, first: number, last: number): AsyncGenerator<StoredEntry> {
  try {
    yield* log.readEntries(first, last);
  } catch (error) {
    throw new UnusableInputError([error instanceof Error ? error.message : String(error)], { cause: error });
  }
}

/** The entry's own bytes stand in the line unchanged, so that they can be cut out and proven. */
function jsonLine(origin: string, index: number, bytes: Uint8Array): string {
  const entry = parseEntry(bytes).ok ? decodeUtf8(bytes) : null;
  return `{"origin":${JSON.stringify(origin)},"index":${index},"entry":${entry}}`;
}

function textLine(index: number, bytes: Uint8Array, isFull: boolean): string {
  const entry = parseEntry(bytes);
  if (!entry.ok)
    return `${index}  ${entry.error.kind === "schema" ? "not an entry: " : ""}${entry.error.reason}`;
  if (isFull) return JSON.stringify(entry.value, null, 2);
  const { ts, t } = entry.value;
  return `${String(index).padStart(7)}  ${formatInstant(ts)}  ${t.padEnd(9)}  ${summaryOf(entry.value)}`;
}
