import { styleText } from "node:util";
import type { Command } from "commander";
import type { CheckReport } from "../law/index.ts";
import { dayOf } from "./analysis-findings.ts";
import { type CheckedPolicy, type CheckFinding, checkPolicyFile } from "./checked-policy.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { endOf, type Horizon, parseAt, parseCount, parseHorizon } from "./flags.ts";
import { print, printJson } from "./output.ts";
import { sarifOf } from "./sarif.ts";

interface CheckFlags {
  readonly at?: number;
  readonly horizon: Horizon;
  readonly maxDown: number;
  readonly json?: boolean;
  readonly sarif?: boolean;
}

const helpText = `
Proves, for every place, class of data, tenant and sector, and at every date in the horizon at which a rule changes,
that no permit holds an endpoint that the law forbids: two evaluators that were written apart must agree.

Exit codes: 0 no errors (warnings may be there), 1 errors, 2 the file cannot be read.`;

export function addCheckCommand(program: Command): void {
  program
    .command("check")
    .description("find what is wrong in a policy before it is deployed")
    .argument("<policy>", "the policy file")
    .option("--at <date>", "check as of this date or instant (default: now)", parseAt)
    .option("--horizon <period>", "how far ahead: P24M, P2Y, P90D", parseHorizon, parseHorizon("P24M"))
    .option("--max-down <count>", "how many endpoints may be down together", parseCount, 1)
    .option("--json", "print the findings and the whole report as JSON")
    .option("--sarif", "print the findings as SARIF 2.1.0, for code review")
    .addHelpText("after", helpText)
    .action(async (file: string, flags: CheckFlags) => {
      process.exitCode = await check(file, flags);
    });
}

async function check(file: string, { at, horizon, maxDown, json, sarif }: CheckFlags): Promise<ExitCode> {
  const fromMs = at ?? Date.now();
  const checked = await checkPolicyFile(file, { fromMs, untilMs: endOf(horizon, fromMs), maxDown });
  const { policyHash, findings, report } = checked;
  const isOk = findings.every(({ severity }) => severity !== "error");
  if (sarif) await print(JSON.stringify(sarifOf(findings), null, 2));
  else if (json) await printJson({ file, ok: isOk, policy: policyHash, findings, report });
  else await printFindings(file, checked);
  return isOk ? exitCode.ok : exitCode.checkFailed;
}

async function printFindings(file: string, { findings, report }: CheckedPolicy): Promise<void> {
  for (const finding of findings) await print(formatCheckFinding(finding));
  if (report !== null) await print(`${file}: ${proofText(report)}`);
  const errorCount = findings.filter(({ severity }) => severity === "error").length;
  await print(`${file}: ${count(errorCount, "error")}, ${count(findings.length - errorCount, "warning")}`);
}

function proofText({ extent, disagreementCount }: CheckReport): string {
  const { requests, kinds, decisions, fromMs, untilMs } = extent;
  const what = `${count(requests, "request")} of ${count(kinds, "kind")}, ${count(decisions, "decision")}`;
  const when = `from ${dayOf(fromMs)} until ${dayOf(untilMs)}`;
  const found = disagreementCount === 0 ? "no permit holds a forbidden endpoint" : "not proved";
  return `${what}, ${when}: ${found}`;
}

/** As compilers do, so that editors and CI can jump to it. */
function formatCheckFinding({ file, line, column, severity, path, message, hint }: CheckFinding): string {
  const label = styleText(severity === "error" ? "red" : "yellow", `${severity}:`);
  const subject = path === "" ? "" : ` ${path}:`;
  return `${file}:${line}:${column}: ${label}${subject} ${message}${hint === null ? "" : `\n  hint: ${hint}`}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
