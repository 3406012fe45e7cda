import { join } from "node:path";
import { formatInstant } from "../base/index.ts";
import { type CosigningReport, openLogDirectory, readCosigning } from "../store/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import type { LocatedCell } from "./loaded-cell.ts";
import { print, printJson } from "./output.ts";
import { formatTable } from "./table.ts";
import { trustFileName } from "./trust.ts";
import { UnusableInputError } from "./unusable-input.ts";

/** From the ledger's own files: the cell need not run. */
export async function showCosigning(
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
  await (isJson ? printJson(jsonOf(report)) : print(formatReport(report, Date.now())));
  return report.isQuorumMet ? exitCode.ok : exitCode.checkFailed;
}

function jsonOf({ witnesses, ...report }: CosigningReport): unknown {
  return { ...report, witnesses: witnesses.map(({ key, last }) => ({ name: key.name, last })) };
}

function formatReport(
  { origin, size, lastQuorum, isQuorumMet, witnesses }: CosigningReport,
  nowMs: number,
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

function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
