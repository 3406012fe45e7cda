import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { formatFinding } from "../../../config/index.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { askTexts, defaultTexts, type InitAnswers, type InitTexts, readAnswers } from "./init-answers.ts";
import { covers, type Regime } from "../../../law/index.ts";
import { initPolicy } from "./init-policy.ts";
import { accepted, readPacks, readPolicyText } from "../../../cell/index.ts";
import { asUnusable, UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

interface InitFlags extends InitTexts {
  readonly out: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addInitCommand(program: Command): void {
  const init = program
    .command("init")
    .description("write a commented policy to begin with, from a few questions or from flags")
    .option("--yes", "ask nothing: take the flags, and defaults for the rest");
  addAnswerOptions(init)
    .option("--json", "print where it was written as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  bailiwick init --yes --cells qc=CA-QC --operator nord=CA --tenants insurer=CA-QC:financial",
    )
    .runs((terminal, flags: InitFlags) => writePolicy(terminal, flags));
}

/** What a new policy has to know, and where it goes. */
export function addAnswerOptions(command: Command): Command {
  return command
    .option("--out <file>", "where to write it", "policy.yaml")
    .option("--deployment <name>", "name of the deployment, as a host name", defaultTexts.deployment)
    .option("--operator <name=place>", "who runs the machines, and from where", defaultTexts.operator)
    .option("--cells <name=place,…>", "places with a gateway and a model server", defaultTexts.cells)
    .option("--tenants <name=place:class,…>", "who sends which class of data", defaultTexts.tenants)
    .option("--requires <wish>", "none, residency or sovereignty", defaultTexts.requires);
}

async function writePolicy(terminal: Terminal, { out, yes, json, ...flags }: InitFlags): Promise<ExitCode> {
  const answers = readAnswers(yes ? flags : await ask(terminal, flags));
  const regimes = regimesFor(answers, dirname(out));
  const text = initPolicy(answers, regimes);
  const { warnings } = accepted(readPolicyText(text, { file: out, directory: dirname(out) }));
  create(out, text);
  warnings.forEach((warning) => terminal.note(formatFinding(warning)));
  await (json
    ? terminal.printJson({ policy: out })
    : terminal.print(`wrote ${out}; next: bailiwick check ${out}`));
  return exitCode.ok;
}

/** All that a policy there can pin. Throws where none of them states the law of a tenant. */
export function regimesFor({ tenants }: InitAnswers, directory: string): readonly Regime[] {
  const regimes = readPacks(directory).map(({ regime }) => regime);
  const unread = tenants.filter(
    ({ place, dataClass }) => !regimes.some((regime) => covers(regime, place, dataClass)),
  );
  if (unread.length > 0) {
    const places = unread.map(({ place }) => `\`${place}\``).join(", ");
    throw new UnusableInputError([
      `no pack states the law of ${places}; write one in \`packs/\`, \`bailiwick packs list\` shows those there are`,
    ]);
  }
  return regimes;
}

async function ask(terminal: Terminal, flags: InitTexts): Promise<InitTexts> {
  const { stdin, stderr } = terminal.streams;
  if (stdin.isTTY !== true) {
    throw new UnusableInputError(["there is no terminal to ask on; give `--yes` and flags"]);
  }
  const questioner = createInterface({ input: stdin, output: stderr });
  try {
    return await askTexts(terminal, questioner, flags);
  } finally {
    questioner.close();
  }
}

/** Never writes over a file that is there: it may be somebody's law. */
export function create(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw asUnusable(`\`${file}\` cannot be written`, error);
  }
}
