import { styleText } from "node:util";
import { toBase64 } from "../base/index.ts";
import { sha256, verifyEd25519 } from "../keys/index.ts";
import { type LogProblem, type LogReport, type TrustPolicy, verifyLog } from "../ledger/index.ts";
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

interface VerifiedLog {
  readonly directory: string;
  readonly report: LogReport;
}

export async function verifyLedgers(directory: string, { trust, isJson }: VerifyOptions): Promise<ExitCode> {
  const logs = await openLogs(directory);
  const trustFile = trust ?? requireTrustBeside(directory);
  const policy = readTrust(trustFile);
  const verified: VerifiedLog[] = [];
  for (const log of logs) {
    const result = { directory: log.directory, report: await verifyOne(log, policy) };
    verified.push(result);
    if (!isJson) await print(formatReport(result));
  }
  const isOk = verified.every(({ report }) => report.problemCount === 0);
  if (isJson) {
    const isTrustFoundBeside = trust === null;
    await printJson({ ok: isOk, trust: trustFile, isTrustFoundBeside, logs: verified.map(jsonOf) });
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

async function verifyOne({ directory, reader }: PublishedLog, trust: TrustPolicy): Promise<LogReport> {
  const progress = startProgress(`verifying ${directory}`);
  try {
    return await verifyLog({ reader, trust, sha256, verifyEd25519, onProgress: progress.update });
  } finally {
    progress.end();
  }
}

function formatReport({ directory, report }: VerifiedLog): string {
  const { checkpoint, entryCount, tileCount, checkpointCount, openDecisionCount, problems, problemCount } =
    report;
  const verdict = problemCount === 0 ? styleText("green", "ok") : styleText("red", "FAILED");
  const untold = problemCount - problems.length;
  return [
    `${checkpoint?.origin ?? directory}: ${verdict}: ${entryCount} entries, ${tileCount} tiles, ` +
      `${checkpointCount} kept checkpoints, ${problemCount} problems`,
    ...problems.map((problem) => `  ${formatProblem(directory, problem)}`),
    ...(untold > 0 ? [`  and ${untold} more`] : []),
    ...(openDecisionCount > 0
      ? [`  ${openDecisionCount} requests are under way and have no outcome yet`]
      : []),
  ].join("\n");
}

function formatProblem(directory: string, { kind, path, index, byteOffset, reason }: LogProblem): string {
  const where = [
    ...(index === null ? [] : [`entry ${index}`]),
    ...(byteOffset === null ? [] : [`byte ${byteOffset}`]),
  ];
  return `${directory}/${path}${where.length > 0 ? ` (${where.join(", ")})` : ""}: ${kind}: ${reason}`;
}

function jsonOf({ directory, report }: VerifiedLog): unknown {
  const { checkpoint, ...counts } = report;
  return {
    directory,
    origin: checkpoint?.origin ?? null,
    size: checkpoint?.size ?? null,
    root: checkpoint === null ? null : toBase64(checkpoint.root),
    ...counts,
  };
}
