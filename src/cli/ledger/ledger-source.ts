// Where a ledger may lie: a folder, an address, or a bundle that somebody was handed.
import { statSync } from "node:fs";
import {
  contentsOf,
  openTar,
  type PublishedLog,
  publishedLog,
  type TarFile,
  trustName,
} from "../../store/index.ts";
import { isBucketUrl } from "./ledger-bucket.ts";
import { isAddress, openLogs, trustBeside } from "./ledger-directory.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What is to be verified of one place. */
export interface LedgerSource {
  readonly logs: readonly PublishedLog[];
  /** Single entries with their proofs. */
  readonly proofs: readonly SourceFile[];
  /** Proofs of what closed earlier logs, oldest first. */
  readonly closings: readonly SourceFile[];
  /** Of policies, beside single entries that name them. */
  readonly texts: readonly SourceFile[];
  /** A trust file that lies with the rest; null where there is none. */
  readonly trustBeside: string | null;
  /** That trust file's bytes, where it lies in a bundle. */
  readonly trust: Uint8Array | null;
  /** Whether all files of a log can be found, also those that no checkpoint needs. */
  readonly isListed: boolean;
}

export interface SourceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const nothingMore = { proofs: [], closings: [], texts: [], trust: null };

export async function openSource(terminal: Terminal, place: string): Promise<LedgerSource> {
  if (isAddress(place)) {
    const isListed = isBucketUrl(place);
    return { ...nothingMore, logs: await openLogs(terminal, place), trustBeside: null, isListed };
  }
  if (isFile(place)) return openBundle(place);
  return {
    ...nothingMore,
    logs: await openLogs(terminal, place),
    trustBeside: trustBeside(place),
    isListed: true,
  };
}

async function openBundle(file: string): Promise<LedgerSource> {
  const tar = await openArchive(file);
  const { logFolders, proofs, closings, texts } = contentsOf(tar.names);
  if (logFolders.length + proofs.length === 0) {
    throw new UnusableInputError([`bundle \`${file}\` holds no log and no proof of an entry`]);
  }
  const trust = tar.read(trustName);
  return {
    logs: logFolders.map((folder) => publishedLog(`${file}/${folder}`, tar.below(folder))),
    proofs: filesOf(tar, proofs),
    closings: filesOf(tar, closings),
    texts: filesOf(tar, texts),
    trustBeside: trust === null ? null : `${file}/${trustName}`,
    trust,
    isListed: true,
  };
}

async function openArchive(file: string): Promise<TarFile> {
  try {
    return await openTar(file);
  } catch (error) {
    throw asUnusable(`bundle \`${file}\` cannot be read`, error);
  }
}

function filesOf(tar: TarFile, names: readonly string[]): readonly SourceFile[] {
  return names.map((name) => ({ name, bytes: tar.read(name) ?? new Uint8Array() }));
}

function isFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() ?? false;
}
