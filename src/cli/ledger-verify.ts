import { styleText } from "node:util";
import { toBase64 } from "../base/index.ts";
import { sha256, verifyEd25519 } from "../keys/index.ts";
import {
  type LedgerLogReport,
  type LedgerReport,
  type LogProblem,
  type TrustPolicy,
  verifyLedger,
} from "../ledger/index.ts";
import type { PublishedLog } from "../store/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { openLogs, trustBeside } from "./ledger-directory.ts";
import { complain, print, printJson } from "./output.ts";
import { startProgress } from "./progress.ts";
import { readTrust } from "./trust.ts";
import { UnusableInputError } from "./unusable-input.ts";

export interface VerifyOptions {
  /** Null: look for one beside the ledger. */
  readonly trust: string | null;
  readonly isJson: boolean;
}

export async function verifyLedgers(directory: string, { trust, isJson }: VerifyOptions): Promise<ExitCode> {
  const logs = await openLogs(directory);
  const trustFile = trust ?? requireTrustBeside(directory);
  const report = await verifyAll(directory, logs, readTrust(trustFile));
  const isOk = report.logs.every(({ problemCount }) => problemCount === 0);
  if (isJson) {
    const isTrustFoundBeside = trust === null;
    const { transfers } = report;
    const each = report.logs.map((log, at) => jsonOf(logs[at]?.directory ?? "", log));
    await printJson({ ok: isOk, trust: trustFile, isTrustFoundBeside, logs: each, transfers });
  } else {
    for (const [at, log] of report.logs.entries()) await print(formatReport(logs[at]?.directory ?? "", log));
    const { pairedCount, pendingCount, uncheckedCount } = report.transfers;
    if (pairedCount + pendingCount + uncheckedCount > 0) {
      await print(
        `transfers between cells: ${pairedCount} found on both sides, ${pendingCount} unanswered or too recent, ` +
          `${uncheckedCount} whose other side was not given`,
      );
    }
  }
  if (trust === null) {
    complain(
      `signatures were checked against \`${trustFile}\`, which lies beside the ledger: whoever could change one could ` +
        `change the other; \`--trust\` with a copy that you keep yourself proves more`,
    );
  }
  return isOk ? exitCode.ok : exitCode.checkFailed;
}

function requireTrustBeside(directory: string): string {
  const file = trustBeside(directory);
  if (file !== null) return file;
  throw new UnusableInputError([
    `no trust file lies beside \`${directory}\`, so nobody says whose signatures count; give one with \`--trust\``,
  ]);
}

async function verifyAll(
  directory: string,
  logs: readonly PublishedLog[],
  trust: TrustPolicy,
): Promise<LedgerReport> {
  const progress = startProgress(`verifying ${directory}`);
  const readers = logs.map(({ reader }) => reader);
  try {
    return await verifyLedger({ readers, trust, sha256, verifyEd25519, onProgress: progress.update });
  } finally {
    progress.end();
  }
}

function formatReport(directory: string, report: LedgerLogReport): string {
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

function formatProblem(directory: string, { kind, path, index, byteOffset, reason }: LogProblem): string {
  const where = [
    ...(index === null ? [] : [`entry ${index}`]),
    ...(byteOffset === null ? [] : [`byte ${byteOffset}`]),
  ];
  return `${directory}/${path}${where.length > 0 ? ` (${where.join(", ")})` : ""}: ${kind}: ${reason}`;
}

function jsonOf(directory: string, { checkpoint, ...counts }: LedgerLogReport): unknown {
  return {
    directory,
    origin: checkpoint?.origin ?? null,
    size: checkpoint?.size ?? null,
    root: checkpoint === null ? null : toBase64(checkpoint.root),
    ...counts,
  };
}
