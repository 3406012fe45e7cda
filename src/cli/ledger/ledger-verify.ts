import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  type LedgerReport,
  readSeen,
  type SeenCheckpoint,
  type TrustPolicy,
  verifyLedger,
} from "../../ledger/index.ts";
import { trustSourceOf, type TrustSource } from "./trust-source.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { readBytes } from "../../cell/index.ts";
import { formatProof, formatReport, formatTransfers, jsonOf } from "./ledger-report.ts";
import { type LedgerSource, openSource } from "./ledger-source.ts";
import { startProgress } from "../terminal/progress.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { type VerifiedProof, verifyProofs } from "./verified-proof.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface VerifyOptions {
  /** Null: look for one beside the first ledger. */
  readonly trust: string | null;
  /** Files with checkpoints that somebody else kept. */
  readonly seen: readonly string[];
  readonly isJson: boolean;
}

/** Several places are verified together: one cell's months follow each other, and what one cell sent another received. */
export async function verifyLedgers(
  terminal: Terminal,
  places: readonly string[],
  { trust, seen, isJson }: VerifyOptions,
): Promise<ExitCode> {
  const sources = await Promise.all(places.map((each) => openSource(terminal, each)));
  const trustSource = trustSourceOf(places, sources, trust);
  const options = { label: places.join(", "), trust: trustSource.policy, seen: seen.map(readSeenFile) };
  const report = await verifyLogs(terminal, sources, options);
  const proofs = sources.flatMap((source) => verifyProofs(source, trustSource.policy));
  const isOk =
    report.logs.every(({ problemCount }) => problemCount === 0) &&
    proofs.every(({ reason }) => reason === null);
  if (isJson) await printReport(terminal, report, { isOk, proofs, sources, trustSource });
  else await printText(terminal, report, { proofs, sources });
  complainOfLimits(terminal, sources, trustSource);
  return isOk ? exitCode.ok : exitCode.checkFailed;
}

/** What was not looked at, and what proves less than it may seem to. */
export function complainOfLimits(
  terminal: Terminal,
  sources: readonly LedgerSource[],
  trustSource: TrustSource,
): void {
  for (const { logs } of sources.filter(({ isListed }) => !isListed)) {
    const [log] = logs;
    terminal.complain(
      `\`${log?.directory}\` cannot be listed: kept checkpoints and left-over partial files were not checked`,
    );
  }
  if (trustSource.isFoundBeside) {
    terminal.complain(
      `signatures were checked against \`${trustSource.file}\`, which lies beside the ledger: whoever could change one could ` +
        `change the other; \`--trust\` with a copy that you keep yourself proves more`,
    );
  }
}

export async function verifyLogs(
  terminal: Terminal,
  sources: readonly LedgerSource[],
  {
    label,
    ...options
  }: {
    readonly label: string;
    readonly trust: TrustPolicy;
    readonly seen: readonly SeenCheckpoint[];
  },
): Promise<LedgerReport> {
  const progress = startProgress(terminal, `verifying ${label}`);
  const readers = sources.flatMap(({ logs }) => logs.map(({ reader }) => reader));
  try {
    return await verifyLedger({ ...options, readers, sha256, verifyEd25519, onProgress: progress.update });
  } finally {
    progress.end();
  }
}

function readSeenFile(file: string): SeenCheckpoint {
  const seen = readSeen(readBytes("checkpoint", file));
  if (seen !== null) return seen;
  throw new UnusableInputError([
    `checkpoint \`${file}\` is none; expected a signed note with origin, size and root`,
  ]);
}

interface Verified {
  readonly proofs: readonly VerifiedProof[];
  readonly sources: readonly LedgerSource[];
}

async function printText(
  terminal: Terminal,
  report: LedgerReport,
  { proofs, sources }: Verified,
): Promise<void> {
  const logs = sources.flatMap((source) => source.logs);
  for (const [at, log] of report.logs.entries())
    await terminal.print(formatReport(logs[at]?.directory ?? "", log));
  for (const proof of proofs) await terminal.print(formatProof(proof));
  const transfers = formatTransfers(report);
  if (transfers !== null) await terminal.print(transfers);
}

async function printReport(
  terminal: Terminal,
  report: LedgerReport,
  {
    isOk,
    proofs,
    sources,
    trustSource,
  }: Verified & { readonly isOk: boolean; readonly trustSource: TrustSource },
): Promise<void> {
  const logs = sources.flatMap((source) => source.logs);
  await terminal.printJson({
    ok: isOk,
    trust: trustSource.file,
    isTrustFoundBeside: trustSource.isFoundBeside,
    logs: report.logs.map((log, at) => jsonOf(logs[at]?.directory ?? "", log)),
    proofs,
    transfers: report.transfers,
    unlisted: sources.filter(({ isListed }) => !isListed).map((source) => source.logs[0]?.directory),
  });
}
