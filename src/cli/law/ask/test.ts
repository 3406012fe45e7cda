import type { InstantMs } from "../../../base/index.ts";
import { dirname, join } from "node:path";
import { styleText } from "node:util";
import { formatFinding, parseTestFile, type PolicyTest } from "../../../config/index.ts";
import { type FactSession, openFactSession } from "./fact-session.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { readText } from "../../../cell/index.ts";
import { runPolicyTest } from "./policy-test.ts";
import { formatTable } from "../../terminal/table.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

const helpText = `
A file of tests is YAML; its facts are those of \`bailiwick decide\`:
  policy: policy.yaml
  tests:
    - name: a bank's data stays in the EEA
      tenant: demo-bank
      at: 2027-01-01
      expect: { verdict: permit, served: [fra-1, fra-2], refused-by: eu-gdpr }`;

export function addTestCommand(program: Command): void {
  program
    .command("test")
    .description("run the tests of a policy: facts, and what the law must say of them")
    .argument("<files...>", "YAML files with `policy` and `tests`")
    .option("--json", "print the results as JSON")
    .addHelpText("after", helpText)
    .runs((terminal, files: readonly string[], flags: { readonly json?: boolean }) =>
      test(terminal, files, flags.json ?? false),
    );
}

interface TestResult {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly ok: boolean;
  readonly failures: readonly string[];
}

async function test(terminal: Terminal, files: readonly string[], isJson: boolean): Promise<ExitCode> {
  const nowMs = Date.now();
  const results = files.flatMap((file) => resultsOf(file, nowMs));
  const failed = results.filter(({ ok }) => !ok);
  if (isJson) await terminal.printJson({ ok: failed.length === 0, tests: results });
  else await printResults(terminal, results, failed);
  return failed.length === 0 ? exitCode.ok : exitCode.checkFailed;
}

function resultsOf(file: string, nowMs: InstantMs): readonly TestResult[] {
  const parsed = parseTestFile(file, readText("test file", file));
  if (!parsed.ok) throw new UnusableInputError(parsed.error.map(formatFinding));
  const policy = join(dirname(file), parsed.value.policy);
  const session = openFactSession({
    text: readText("policy", policy),
    file: policy,
    directory: dirname(policy),
  });
  return parsed.value.tests.map((each) => resultOf(session, each, { file, nowMs }));
}

function resultOf(
  session: FactSession,
  policyTest: PolicyTest,
  { file, nowMs }: { readonly file: string; readonly nowMs: InstantMs },
): TestResult {
  const { name, at } = policyTest;
  try {
    const failures = runPolicyTest(session, policyTest, nowMs);
    return { file, line: at.line, name, ok: failures.length === 0, failures };
  } catch (error) {
    if (!(error instanceof UnusableInputError)) throw error;
    throw new UnusableInputError(
      error.lines.map((line) => `${file}:${at.line}:${at.column}: error: ${line}`),
      { cause: error },
    );
  }
}

async function printResults(
  terminal: Terminal,
  results: readonly TestResult[],
  failed: readonly TestResult[],
): Promise<void> {
  await terminal.print(
    formatTable(
      ["RESULT", "TEST", "AT"],
      results.map(({ file, line, name, ok }) => [
        ok ? styleText("green", "pass") : styleText("red", "fail"),
        name,
        `${file}:${line}`,
      ]),
    ),
  );
  for (const { file, line, name, failures } of failed) {
    for (const failure of failures) await terminal.print(`${file}:${line}:1: error: ${name}: ${failure}`);
  }
  await terminal.print(`${results.length - failed.length} passed, ${failed.length} failed`);
}
