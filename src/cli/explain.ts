import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { type DataClass, dataClasses } from "../law/index.ts";
import { openCourt } from "./court.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { explainRequest } from "./explanation.ts";
import { formatExplanation } from "./explanation-text.ts";
import { readText } from "./file-text.ts";
import { parseAt, parsePlaces, parseWord } from "./flags.ts";
import { print, printJson } from "./output.ts";
import { UnusableInputError } from "./unusable-input.ts";

interface ExplainFlags {
  readonly tenant?: string;
  readonly subject: readonly string[];
  readonly citizenship: readonly string[];
  readonly class: readonly DataClass[];
  readonly facts: string;
  readonly cell?: string;
  readonly model?: string;
  readonly at?: number;
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
    .option("--subject <place>", "where the data subject is; may be repeated", parsePlaces, [])
    .option("--citizenship <place>", "the data subject's citizenship; may be repeated", parsePlaces, [])
    .addOption(
      new Option("--class <class>", "class of the data; may be repeated")
        .choices(dataClasses)
        .argParser(parseWord(dataClasses))
        .default([]),
    )
    .option("--facts <json>", "any other fact, as a line of `bailiwick decide` says it", "{}")
    .option("--cell <name>", "the cell that receives the request (default: the best one that may)")
    .option("--model <alias>", "what would serve this model alone (default: all that the tenant may use)")
    .option("--at <date>", "decide at this date or instant (default: now)", parseAt)
    .option("--json", "print the whole derivation as JSON")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  bailiwick explain policy.yaml --tenant demo-clinic --subject DE --class health",
        `  bailiwick explain policy.yaml --facts '{"established":"CA-QC","subjects":"CA-QC","class":"personal"}'`,
      ].join("\n"),
    )
    .action(async (file: string, flags: ExplainFlags) => {
      process.exitCode = await explain(file, flags);
    });
}

async function explain(file: string, flags: ExplainFlags): Promise<ExitCode> {
  const source = { text: readText("policy", file), file, directory: dirname(file) };
  const hearing = openCourt(source)(factsText(flags));
  const explanation = explainRequest(hearing, flags.at ?? Date.now());
  await (flags.json ? printJson(explanation) : print(formatExplanation(explanation)));
  return exitCode.ok;
}

/** Flags are claims as a header makes them. Without a tenant, the controller is taken to be where the subject is. */
function factsText({ facts, tenant, cell, model, ...flags }: ExplainFlags): string {
  const given = parsedObject(facts);
  const { subject: subjects, citizenship: citizenships } = flags;
  const claim = {
    basis: "header",
    ...(subjects.length > 0 ? { subjects } : {}),
    ...(citizenships.length > 0 ? { citizenships } : {}),
    ...(flags.class.length > 0 ? { class: flags.class } : {}),
  };
  const claims = Array.isArray(given["claims"]) ? (given["claims"] as readonly unknown[]) : [];
  const isStranger = tenant === undefined && given["tenant"] === undefined;
  const established = isStranger && subjects.length > 0 ? { established: subjects } : {};
  return JSON.stringify({ ...established, tenant, cell, model, ...given, claims: [...claims, claim] });
}

/** What is no object is left to the schema, which says so. */
function parsedObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Said below.
  }
  throw new UnusableInputError([`\`--facts\` is not a JSON object; see schema/facts.schema.json`]);
}
