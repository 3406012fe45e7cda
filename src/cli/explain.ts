import { type Command, InvalidArgumentError, Option } from "commander";
import { type InstantMs, parseInstant, parsePlace, type Place } from "../base/index.ts";
import { formatFinding } from "../config/index.ts";
import { type DataClass, dataClasses } from "../law/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { explainRequest } from "./explanation.ts";
import { formatExplanation } from "./explanation-text.ts";
import { print, printJson } from "./output.ts";
import { readPolicy } from "./policy-file.ts";
import { UnusableInputError } from "./unusable-input.ts";

interface ExplainFlags {
  readonly tenant?: string;
  readonly subject: readonly Place[];
  readonly citizenship: readonly Place[];
  readonly class: readonly DataClass[];
  readonly cell?: string;
  readonly model?: string;
  readonly at?: InstantMs;
  readonly json?: boolean;
}

export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description(
      "derive where a request may go: which laws apply and why, and what each says of each endpoint",
    )
    .argument("<policy>", "the policy file")
    .option("--tenant <name>", "start from what the policy says of this tenant")
    .option("--subject <place>", "where the data subject is; may be repeated", addPlace, [])
    .option("--citizenship <place>", "the data subject's citizenship; may be repeated", addPlace, [])
    .addOption(
      new Option("--class <class>", "class of the data; may be repeated")
        .choices(dataClasses)
        .argParser(addClass)
        .default([]),
    )
    .option("--cell <name>", "the cell that receives the request (default: the best one that may)")
    .option("--model <alias>", "what would serve this model alone (default: all that the tenant may use)")
    .option("--at <date>", "decide at this date or instant (default: now)", parseAt)
    .option("--json", "print the whole derivation as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  bailiwick explain policy.yaml --tenant demo-clinic --subject DE --class health",
    )
    .action(async (file: string, flags: ExplainFlags) => {
      process.exitCode = await explain(file, flags);
    });
}

async function explain(file: string, flags: ExplainFlags): Promise<ExitCode> {
  const policy = readPolicy(file);
  if (!policy.ok) throw new UnusableInputError(policy.error.map(formatFinding));
  const explanation = explainRequest(policy.value, {
    tenant: flags.tenant ?? null,
    subjects: flags.subject,
    citizenships: flags.citizenship,
    classes: flags.class,
    cell: flags.cell ?? null,
    model: flags.model ?? null,
    nowMs: flags.at ?? Date.now(),
  });
  await (flags.json ? printJson(explanation) : print(formatExplanation(explanation)));
  return exitCode.ok;
}

function addPlace(text: string, previous: readonly Place[]): readonly Place[] {
  const place = parsePlace(text);
  if (!place.ok) throw new InvalidArgumentError(place.error);
  return [...previous, place.value];
}

function addClass(text: string, previous: readonly DataClass[]): readonly DataClass[] {
  const found = dataClasses.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${dataClasses.join(", ")}`);
  return [...previous, found];
}

function parseAt(text: string): InstantMs {
  const instant = parseInstant(text);
  if (!instant.ok) throw new InvalidArgumentError(instant.error);
  return instant.value;
}
