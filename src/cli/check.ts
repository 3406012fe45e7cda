import { styleText } from "node:util";
import type { Command } from "commander";
import { type CheckFinding, checkPolicy } from "./checked-policy.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { print, printJson } from "./output.ts";

export function addCheckCommand(program: Command): void {
  program
    .command("check")
    .description("find what is wrong in a policy before it is deployed")
    .argument("<policy>", "the policy file")
    .option("--json", "print the findings as JSON")
    .action(async (file: string, flags: { readonly json?: boolean }) => {
      process.exitCode = await check(file, flags.json ?? false);
    });
}

async function check(file: string, isJson: boolean): Promise<ExitCode> {
  const { policyHash, findings } = checkPolicy(file, Date.now());
  const errorCount = findings.filter(({ severity }) => severity === "error").length;
  if (isJson) {
    await printJson({ file, ok: errorCount === 0, policy: policyHash, findings });
  } else {
    for (const finding of findings) await print(formatCheckFinding(finding));
    await print(`${file}: ${count(errorCount, "error")}, ${count(findings.length - errorCount, "warning")}`);
  }
  return errorCount === 0 ? exitCode.ok : exitCode.checkFailed;
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
