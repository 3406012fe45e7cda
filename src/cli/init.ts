import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { formatFinding } from "../config/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { askTexts, defaultTexts, type InitTexts, readAnswers } from "./init-answers.ts";
import { initPolicy, packsFor } from "./init-policy.ts";
import { note, print, printJson } from "./output.ts";
import { readPacks } from "./pack-files.ts";
import { readPolicyText } from "./policy-file.ts";
import { asUnusable, UnusableInputError } from "./unusable-input.ts";

interface InitFlags extends InitTexts {
  readonly out: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addInitCommand(program: Command): void {
  program
    .command("init")
    .description("write a commented policy to begin with, from a few questions or from flags")
    .option("--yes", "ask nothing: take the flags, and defaults for the rest")
    .option("--out <file>", "where to write it", "policy.yaml")
    .option("--deployment <name>", "name of the deployment, as a host name", defaultTexts.deployment)
    .option("--operator <name=place>", "who runs the machines, and from where", defaultTexts.operator)
    .option("--cells <name=place,…>", "places with a gateway and a model server", defaultTexts.cells)
    .option("--tenants <name=place:class,…>", "who sends which class of data", defaultTexts.tenants)
    .option("--requires <wish>", "none, residency or sovereignty", defaultTexts.requires)
    .option("--json", "print where it was written as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  bailiwick init --yes --cells qc=CA-QC --operator nord=CA --tenants insurer=CA-QC:financial",
    )
    .action(async (flags: InitFlags) => {
      process.exitCode = await init(flags);
    });
}

async function init({ out, yes, json, ...flags }: InitFlags): Promise<ExitCode> {
  const answers = readAnswers(yes ? flags : await ask(flags));
  const regimes = readPacks(dirname(out)).map(({ regime }) => regime);
  if (packsFor(answers, regimes).length === 0) {
    const places = answers.tenants.map(({ place }) => `\`${place}\``).join(", ");
    throw new UnusableInputError([
      `no pack states the law of ${places}; write one in \`packs/\`, \`bailiwick packs list\` shows those there are`,
    ]);
  }
  const text = initPolicy(answers, regimes);
  const policy = readPolicyText(text, { file: out, directory: dirname(out) });
  if (!policy.ok) throw new UnusableInputError(policy.error.map(formatFinding));
  create(out, text);
  policy.value.warnings.forEach((warning) => note(formatFinding(warning)));
  await (json ? printJson({ policy: out }) : print(`wrote ${out}; next: bailiwick check ${out}`));
  return exitCode.ok;
}

async function ask(flags: InitTexts): Promise<InitTexts> {
  if (!process.stdin.isTTY) {
    throw new UnusableInputError(["there is no terminal to ask on; give `--yes` and flags"]);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await askTexts(terminal, flags);
  } finally {
    terminal.close();
  }
}

/** Never over a file that is there: it may be somebody's law. */
function create(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw asUnusable(`\`${file}\` cannot be written`, error);
  }
}
