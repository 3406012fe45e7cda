import { join } from "node:path";
import { formatInstant, type InstantMs } from "../../base/index.ts";
import {
  type CosigningReport,
  type KeptPair,
  openLogDirectory,
  readCosigning,
  readPairs,
} from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { type LocatedCell, trustFileName } from "../../cell/index.ts";
import { formatTable } from "../terminal/table.ts";
import { nodeFileSystem, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Reads the ledger's own files, so the cell need not run. */
export async function showCosigning(
  terminal: Terminal,
  { cell, stateDirectory, trust }: LocatedCell,
  isJson: boolean,
): Promise<ExitCode> {
  if (trust === null) {
    throw new UnusableInputError([
      `cell \`${cell.id}\` has no witnesses; name a trust file under \`trust\` in the cell file, or put \`${trustFileName}\` beside it`,
    ]);
  }
  const log = (await openLogDirectory(join(stateDirectory, "ledger"))).at(-1);
  const report = log === undefined ? null : await readCosigning(log, trust);
  if (report === null) {
    throw new UnusableInputError([`cell \`${cell.id}\` has published no checkpoint yet; start it first`]);
  }
  const contradictions = await readPairs(nodeFileSystem, join(stateDirectory, "witness"));
  await (isJson
    ? terminal.printJson({ ...jsonOf(report), contradictions })
    : terminal.print([formatReport(report, Date.now()), ...contradictions.map(formatPair)].join("\n")));
  return report.isQuorumMet ? exitCode.ok : exitCode.checkFailed;
}

function jsonOf({ witnesses, ...report }: CosigningReport): Readonly<Record<string, unknown>> {
  return { ...report, witnesses: witnesses.map(({ key, last }) => ({ name: key.name, last })) };
}

function formatReport(
  { origin, size, lastQuorum, isQuorumMet, witnesses }: CosigningReport,
  nowMs: InstantMs,
): string {
  const since =
    lastQuorum === null ? "" : `, the last time for ${lastQuorum.size} at ${formatInstant(lastQuorum.atMs)}`;
  return [
    `${origin}: ${size} entries, quorum ${isQuorumMet ? "met" : "missing"}${since}`,
    formatTable(
      ["WITNESS", "COSIGNED", "AGE"],
      witnesses.map(({ key, last }) =>
        last === null ? [key.name, "nothing", ""] : [key.name, String(last.size), ageOf(nowMs - last.atMs)],
      ),
    ),
  ].join("\n");
}

/** What this cell, as a witness, can show of other logs. */
function formatPair({ origin, size, known, shown }: KeptPair): string {
  const files = [known, shown].map(({ path, sha256 }) => `\n  ${path} (SHA-256 ${sha256})`);
  return `${origin} has signed two trees of ${size} entries:${files.join("")}`;
}

function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
