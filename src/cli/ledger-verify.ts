import { sha256, verifyEd25519 } from "../keys/index.ts";
import {
  type LedgerReport,
  readSeen,
  type SeenCheckpoint,
  type TrustPolicy,
  verifyLedger,
} from "../ledger/index.ts";
import { believe, type Believed } from "./believed.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { readBytes } from "./file-text.ts";
import { formatProof, formatReport, formatTransfers, jsonOf } from "./ledger-report.ts";
import { type LedgerSource, openSource } from "./ledger-source.ts";
import { complain, print, printJson } from "./output.ts";
import { startProgress } from "./progress.ts";
import { UnusableInputError } from "./unusable-input.ts";
import { type VerifiedProof, verifyProofs } from "./verified-proof.ts";

export interface VerifyOptions {
  /** Null: look for one beside the first ledger. */
  readonly trust: string | null;
  /** Files with checkpoints that somebody else kept. */
  readonly seen: readonly string[];
  readonly isJson: boolean;
}

/** Several places are verified together: one cell's months follow each other, and what one cell sent another received. */
export async function verifyLedgers(
  places: readonly string[],
  { trust, seen, isJson }: VerifyOptions,
): Promise<ExitCode> {
  const sources = await Promise.all(places.map(openSource));
  const believed = believe(places, sources, trust);
  const options = { trust: believed.policy, seen: seen.map(readSeenFile) };
  const report = await verifyLogs(places.join(", "), sources, options);
  const proofs = sources.flatMap((source) => verifyProofs(source.proofs, believed.policy));
  const isOk =
    report.logs.every(({ problemCount }) => problemCount === 0) &&
    proofs.every(({ reason }) => reason === null);
  if (isJson) await printReport(report, { isOk, proofs, sources, believed });
  else await printText(report, { proofs, sources });
  for (const { logs } of sources.filter(({ isListed }) => !isListed)) {
    const [log] = logs;
    complain(
      `\`${log?.directory}\` cannot be listed: kept checkpoints and left-over partial files were not checked`,
    );
  }
  if (believed.isFoundBeside) {
    complain(
      `signatures were checked against \`${believed.file}\`, which lies beside the ledger: whoever could change one could ` +
        `change the other; \`--trust\` with a copy that you keep yourself proves more`,
    );
  }
  return isOk ? exitCode.ok : exitCode.checkFailed;
}

async function verifyLogs(
  label: string,
  sources: readonly LedgerSource[],
  options: { readonly trust: TrustPolicy; readonly seen: readonly SeenCheckpoint[] },
): Promise<LedgerReport> {
  const progress = startProgress(`verifying ${label}`);
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

async function printText(report: LedgerReport, { proofs, sources }: Verified): Promise<void> {
  const logs = sources.flatMap((source) => source.logs);
  for (const [at, log] of report.logs.entries()) await print(formatReport(logs[at]?.directory ?? "", log));
  for (const proof of proofs) await print(formatProof(proof));
  const transfers = formatTransfers(report);
  if (transfers !== null) await print(transfers);
}

async function printReport(
  report: LedgerReport,
  { isOk, proofs, sources, believed }: Verified & { readonly isOk: boolean; readonly believed: Believed },
): Promise<void> {
  const logs = sources.flatMap((source) => source.logs);
  await printJson({
    ok: isOk,
    trust: believed.file,
    isTrustFoundBeside: believed.isFoundBeside,
    logs: report.logs.map((log, at) => jsonOf(logs[at]?.directory ?? "", log)),
    proofs,
    transfers: report.transfers,
    unlisted: sources.filter(({ isListed }) => !isListed).map((source) => source.logs[0]?.directory),
  });
}
