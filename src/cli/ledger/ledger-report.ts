// What a verification says to a person, and to a program.
import { styleText } from "node:util";
import { toBase64 } from "../../base/index.ts";
import type { LedgerLogReport, LedgerReport, LogProblem } from "../../ledger/index.ts";
import type { VerifiedProof } from "./verified-proof.ts";

export function formatReport(directory: string, report: LedgerLogReport): string {
  const { checkpoint, problems, problemCount, openDecisionCount, absent } = report;
  const verdict = problemCount === 0 ? styleText("green", "ok") : styleText("red", "FAILED");
  const untold = problemCount - problems.length;
  return [
    `${checkpoint?.origin ?? directory}: ${verdict}: ${formatCounts(report)}, ${problemCount} problems`,
    ...problems.map((problem) => `  ${formatProblem(directory, problem)}`),
    ...(untold > 0 ? [`  and ${untold} more`] : []),
    ...(openDecisionCount > 0
      ? [`  ${openDecisionCount} requests are under way and have no outcome yet`]
      : []),
    ...absent.map((origin) => `  ${origin}, which it names, was not given`),
  ].join("\n");
}

function formatCounts({ isPruned, checkpoint, ...counts }: LedgerLogReport): string {
  if (isPruned)
    return `${checkpoint?.size ?? 0} entries, deleted when their time was over; only the head is left`;
  return `${counts.entryCount} entries, ${counts.tileCount} tiles, ${counts.checkpointCount} kept checkpoints`;
}

export function formatProblem(
  directory: string,
  { kind, path, index, byteOffset, reason }: LogProblem,
): string {
  const where = [
    ...(index === null ? [] : [`entry ${index}`]),
    ...(byteOffset === null ? [] : [`byte ${byteOffset}`]),
  ];
  return `${directory}/${path}${where.length > 0 ? ` (${where.join(", ")})` : ""}: ${kind}: ${reason}`;
}

export function formatTransfers({ transfers }: LedgerReport): string | null {
  const { pairedCount, pendingCount, uncheckedCount } = transfers;
  if (pairedCount + pendingCount + uncheckedCount === 0) return null;
  return (
    `transfers between cells: ${pairedCount} found on both sides, ${pendingCount} unanswered or too recent, ` +
    `${uncheckedCount} whose other side was not given`
  );
}

export function formatProof({ file, origin, index, reason }: VerifiedProof): string {
  const verdict = reason === null ? styleText("green", "ok") : styleText("red", "FAILED");
  return `${file}: ${verdict}${reason === null ? `: entry ${index} of ${origin}` : `: ${reason}`}`;
}

export function jsonOf(directory: string, { checkpoint, ...counts }: LedgerLogReport): unknown {
  return {
    directory,
    origin: checkpoint?.origin ?? null,
    size: checkpoint?.size ?? null,
    root: checkpoint === null ? null : toBase64(checkpoint.root),
    ...counts,
  };
}
