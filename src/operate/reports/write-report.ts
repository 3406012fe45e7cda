// A report as a folder: the page, the same as JSON and CSV, a proof of each cited record, and a signature over all of them.
// Whoever opens it owns its state.
import { createHash } from "node:crypto";
import { createWriteStream, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { encodeUtf8, toHex } from "../../base/index.ts";
import { makeDirectories } from "../../disk/index.ts";
import { sha256 } from "../../keys/index.ts";
import {
  formatProofFile,
  type NoteSigner,
  proveInclusion,
  readBundle,
  textPath,
  tileHolding,
  tileWidth,
} from "../../ledger/index.ts";
import type { CompiledReport } from "./compile-report.ts";
import { tableCsv } from "./csv.ts";
import { digestOf, manifestName, signManifest } from "./manifest.ts";
import { reportPage } from "./page/report-page.ts";
import type { Register } from "./part.ts";
import type { Citation, Report } from "./report.ts";
import { LogChangedError } from "./scan.ts";
import type { VerifiedLog } from "./verified-logs.ts";

export interface ReportWriting extends CompiledReport {
  /** In the order of the report's sources. */
  readonly logs: readonly VerifiedLog[];
  readonly signer: NoteSigner;
  /** Made if it is missing; must be empty. */
  readonly folder: string;
}

/** The folder holds something already, which a report must not mix with. */
export class FolderInUseError extends Error {
  constructor(folder: string) {
    super(`\`${folder}\` is not empty; name a new folder for the report`);
    this.name = "FolderInUseError";
  }
}

/**
 * Fails before anything is made, so that nobody waits for a report that has no place. Returns what takes the folder away
 * again where no report comes of it.
 */
export function requireEmptyFolder(folder: string): () => void {
  const made = makeDirectories(folder);
  if (readdirSync(folder).length > 0) throw new FolderInUseError(folder);
  return () => {
    if (made !== null) rmSync(made, { recursive: true, force: true });
  };
}

/** The manifest comes last: a folder without one is no report. */
export async function writeReport(writing: ReportWriting): Promise<void> {
  const { report, registers, texts, logs, signer, folder } = writing;
  requireEmptyFolder(folder);
  const files = new ReportFolder(folder);
  files.write("report.json", encodeUtf8(`${JSON.stringify(report, null, 2)}\n`));
  files.write("report.html", encodeUtf8(reportPage(report)));
  for (const section of report.sections) {
    if (section.table === null) continue;
    files.write(
      `csv/${section.id}.csv`,
      encodeUtf8(tableCsv(section.table, (number) => nameOf(report, number))),
    );
  }
  for (const register of registers) await files.stream(register);
  for (const [at, log] of logs.entries()) files.write(report.sources[at]?.checkpoint ?? "", log.note);
  for (const citation of report.citations) files.write(citation.proof, await proofOf(citation, logs));
  for (const [hash, origin] of texts) files.write(textPath(hash), await textOf(hash, logOf(origin, logs)));
  writeFileSync(join(folder, manifestName), signManifest(files.digests, signer));
}

function nameOf({ citations }: Report, number: number): string {
  const cited = citations[number];
  return cited === undefined ? "" : `${cited.origin}#${cited.index}`;
}

class ReportFolder {
  readonly digests = new Map<string, string>();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(path: string, bytes: Uint8Array): void {
    writeFileSync(this.#place(path), bytes);
    this.digests.set(path, digestOf(bytes));
  }

  async stream({ path, lines }: Register): Promise<void> {
    const hash = createHash("sha256");
    const file = createWriteStream(this.#place(path));
    for (const line of lines) {
      hash.update(line);
      if (!file.write(line)) await once(file, "drain");
    }
    file.end();
    await finished(file);
    this.digests.set(path, hash.digest("hex"));
  }

  #place(path: string): string {
    const file = join(this.#folder, path);
    makeDirectories(dirname(file));
    return file;
  }
}

/** The proof carries the entry as extra data, and leads to the very checkpoint that was verified. */
async function proofOf({ origin, index }: Citation, logs: readonly VerifiedLog[]): Promise<Uint8Array> {
  const { reader, checkpoint, note } = logOf(origin, logs);
  const bundle = await readBundle(reader, tileHolding(index, "entries", checkpoint.size));
  const entry = bundle.ok ? bundle.value.entries[index % tileWidth] : undefined;
  if (entry === undefined) throw new LogChangedError(origin);
  const hashes = await proveInclusion({ reader, sha256, size: checkpoint.size }, index);
  return formatProofFile({ extra: entry, index, hashes, checkpoint: note });
}

async function textOf(hash: string, { reader, checkpoint }: VerifiedLog): Promise<Uint8Array> {
  const bytes = await reader.read(textPath(hash));
  if (bytes === null || toHex(sha256(bytes)) !== hash) throw new LogChangedError(checkpoint.origin);
  return bytes;
}

function logOf(origin: string, logs: readonly VerifiedLog[]): VerifiedLog {
  const log = logs.find(({ checkpoint }) => checkpoint.origin === origin);
  if (log === undefined) throw new Error(`a record of ${origin} is cited, which is no source of the report`);
  return log;
}
