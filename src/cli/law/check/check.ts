import { styleText } from "node:util";
import type { CheckReport } from "../../../law/index.ts";
import { dayOf } from "./analysis-findings.ts";
import { type CheckedPolicy, type CheckFinding, checkPolicyFile } from "./checked-policy.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { endOf, type Horizon, horizonOption, parseAt, parseCount } from "../../terminal/flags.ts";
import { sarifOf } from "./sarif.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

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
    .addOption(horizonOption())
    .option("--max-down <count>", "how many endpoints may be down together", parseCount, 1)
    .option("--json", "print the findings and the whole report as JSON")
    .option("--sarif", "print the findings as SARIF 2.1.0, for code review")
    .addHelpText("after", helpText)
    .runs((terminal, file: string, flags: CheckFlags) => check(terminal, file, flags));
}

async function check(
  terminal: Terminal,
  file: string,
  { at, horizon, maxDown, json, sarif }: CheckFlags,
): Promise<ExitCode> {
  const fromMs = at ?? Date.now();
  const checked = await checkPolicyFile(terminal, file, { fromMs, untilMs: endOf(horizon, fromMs), maxDown });
  const { policyHash, findings, report } = checked;
  const isOk = findings.every(({ severity }) => severity !== "error");
  if (sarif) await terminal.print(JSON.stringify(sarifOf(findings), null, 2));
  else if (json) await terminal.printJson({ file, ok: isOk, policy: policyHash, findings, report });
  else await printFindings(terminal, file, checked);
  return isOk ? exitCode.ok : exitCode.checkFailed;
}

async function printFindings(
  terminal: Terminal,
  file: string,
  { findings, report }: CheckedPolicy,
): Promise<void> {
  for (const finding of findings) await terminal.print(formatCheckFinding(finding));
  if (report !== null) await terminal.print(`${file}: ${proofText(report)}`);
  const assumed = findings.filter(({ rule }) => rule === "assumption").length;
  if (report !== null && assumed > 0) {
    await terminal.print(
      `${file}: proved under ${count(assumed, "assumption")}, which the warnings above name`,
    );
  }
  const errorCount = findings.filter(({ severity }) => severity === "error").length;
  await terminal.print(
    `${file}: ${count(errorCount, "error")}, ${count(findings.length - errorCount, "warning")}`,
  );
}

function proofText({ extent, disagreementCount }: CheckReport): string {
  const { requests, kinds, decisions, variants, fromMs, untilMs } = extent;
  const what = `${count(requests, "request")} of ${count(kinds, "kind")}, ${count(decisions, "decision")}, ${count(variants, "variant")} of the policy`;
  const when = `from ${dayOf(fromMs)} until ${dayOf(untilMs)}`;
  const found = disagreementCount === 0 ? "no permit holds an endpoint that the packs forbid" : "not proved";
  return `${what}, ${when}: ${found}`;
}

/** Writes a finding as compilers do, so that editors and CI can jump to it. */
function formatCheckFinding({ file, line, column, severity, path, message, hint }: CheckFinding): string {
  const label = styleText(severity === "error" ? "red" : "yellow", `${severity}:`);
  const subject = path === "" ? "" : ` ${path}:`;
  return `${file}:${line}:${column}: ${label}${subject} ${message}${hint === null ? "" : `\n  hint: ${hint}`}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
