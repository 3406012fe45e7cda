import { styleText } from "node:util";
import { type ReportVerdict, verifyReport } from "../../operate/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { readTrust } from "../../cell/index.ts";
import { asUnusable } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

export async function checkReport(
  terminal: Terminal,
  folder: string,
  { trust, isJson }: { readonly trust: string; readonly isJson: boolean },
): Promise<ExitCode> {
  const verdict = judged(folder, trust);
  const { problems, fileCount, proofCount, report } = verdict;
  const isOk = problems.length === 0;
  if (isJson) {
    const { regime = null, period = null, sources = [] } = report ?? {};
    await terminal.printJson({ ok: isOk, fileCount, proofCount, regime, period, sources, problems });
  } else {
    const word = isOk ? styleText("green", "ok") : styleText("red", "FAILED");
    await terminal.print(
      `${folder}: ${word}: ${fileCount} files, ${proofCount} proofs, ${problems.length} problems`,
    );
    for (const { path, reason } of problems) await terminal.print(`  ${folder}/${path}: ${reason}`);
    if (isOk && report !== null) {
      const logs = report.sources.map(({ origin, size }) => `${size} entries of ${origin}`).join(", ");
      await terminal.print(
        `  ${report.regime} from ${report.period.from} to ${report.period.to}, over ${logs}`,
      );
    }
  }
  return isOk ? exitCode.ok : exitCode.checkFailed;
}

function judged(folder: string, trust: string): ReportVerdict {
  const policy = readTrust(trust);
  try {
    return verifyReport(folder, policy);
  } catch (error) {
    throw asUnusable(`report \`${folder}\` cannot be read`, error);
  }
}
