import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { openLogDirectory, type PublishedLog, urlLog } from "../../store/index.ts";
import { isBucketUrl, openLogsInBucket } from "./ledger-bucket.ts";
import { listOf } from "../terminal/quoted-list.ts";
import { trustFileName } from "../../cell/index.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

/**
 * All logs of a ledger directory, of a copy of one log, of every cell below a directory of `up`, the one behind an
 * address, or those in a bucket; at least one.
 */
export async function openLogs(terminal: Terminal, place: string): Promise<readonly PublishedLog[]> {
  if (isBucketUrl(place)) return openLogsInBucket(terminal, place);
  return isAddress(place) ? [urlLog(place)] : openDirectory(place);
}

/** Whether a place is on another machine, as against a file or folder here. */
export function isAddress(place: string): boolean {
  return isBucketUrl(place) || /^https?:\/\//.test(place);
}

async function openDirectory(directory: string): Promise<readonly PublishedLog[]> {
  const candidates = [
    directory,
    join(directory, "ledger"),
    ...foldersOf(directory).map((name) => join(directory, name, "ledger")),
  ];
  const found = await Promise.all(candidates.map(openLogDirectory));
  const logs = found.flat();
  if (logs.length > 0) return logs;
  throw new UnusableInputError([
    `\`${directory}\` holds no log; name a folder with \`log/<yyyy-mm>/\` or \`checkpoint\` in it, or that of \`bailiwick up\``,
  ]);
}

/** Opens the one log of a place, for commands that make sense in one log alone. */
export async function openOneLog(terminal: Terminal, directory: string): Promise<PublishedLog> {
  const [log, ...others] = await openLogs(terminal, directory);
  if (log !== undefined && others.length === 0) return log;
  const known = listOf([log, ...others].map((candidate) => candidate?.directory ?? ""));
  throw new UnusableInputError([`\`${directory}\` holds ${others.length + 1} logs; name one of ${known}`]);
}

/** The trust file that `up` or `serve` wrote for these ledgers, at most two folders up; null when there is none. */
export function trustBeside(directory: string): string | null {
  const here = resolve(directory);
  const folders = [here, dirname(here), dirname(dirname(here))];
  return folders.map((folder) => join(folder, trustFileName)).find((file) => existsSync(file)) ?? null;
}

function foldersOf(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    throw asUnusable(`ledger directory \`${directory}\` cannot be read`, error);
  }
}
