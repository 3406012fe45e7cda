import { dirname } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { isObject, parseJson, type Place } from "../../../base/index.ts";
import { type DataClass, dataClasses } from "../../../law/index.ts";
import { openFactSession } from "./fact-session.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { explainRequest } from "./explanation.ts";
import { formatExplanation } from "./explanation-text.ts";
import { readText } from "../../../cell/index.ts";
import { parseAt, parsePlaces, parseWord } from "../../terminal/flags.ts";
import { explainRecorded } from "../recorded/explain-recorded.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

interface ExplainFlags {
  readonly tenant?: string;
  readonly subject: readonly string[];
  readonly citizenship: readonly Place[];
  readonly class: readonly DataClass[];
  readonly facts: string;
  readonly cell?: string;
  readonly model?: string;
  readonly at?: number;
  readonly request?: string;
  readonly ledger?: string;
  readonly config?: string;
  readonly trust?: string;
  readonly json?: boolean;
}

/** What a recorded request brings with it, and nobody may say otherwise. */
const recordedFacts = ["subject", "class", "facts", "model", "at"];
/** What says where it is recorded. */
const places = ["ledger", "config", "trust"] as const;

export function addExplainCommand(program: Command): void {
  const command = program
    .command("explain")
    .description(
      "derive where a request may go: which laws apply and why, and what each says of each endpoint; or why a recorded one " +
        "went where it went",
    )
    .argument("[policy]", "the policy file; with --request, as it was then (default: that of --config)");
  addFactOptions(command);
  addRecordedOptions(command);
  command
    .option("--json", "print the whole derivation as JSON")
    .addHelpText("after", helpText)
    .runs((terminal, file: string | undefined, flags: ExplainFlags) => {
      const given = places.find((name) => flags[name] !== undefined);
      if (flags.request !== undefined) return recorded(terminal, file ?? null, flags, flags.request);
      if (given !== undefined) command.error(`error: option '--${given}' is only for '--request'`);
      return explain(terminal, file ?? command.error("error: missing required argument 'policy'"), flags);
    });
}

const helpText = `
Examples:
  bailiwick explain policy.yaml --tenant demo-clinic --subject DE --class health
  bailiwick explain policy.yaml --facts '{"established":"CA-QC","subjects":"CA-QC","class":"personal"}'
  bailiwick explain --request 5f1c… --config cell.yaml
  bailiwick explain policy.yaml --request 5f1c… --ledger acme.tar --trust trust.policy --tenant demo-clinic

Exit code with --request: 0, the recorded facts lead to the recorded verdict again; 1, they lead to another one or could not
be derived again, or the evidence is damaged.`;

function addFactOptions(command: Command): void {
  command
    .option("--tenant <name>", "start from what the policy says of this tenant; with --request: whose it was")
    .option("--subject <place>", "where the data subject is; may be repeated", parsePlaces, [])
    .option("--citizenship <place>", "the data subject's citizenship; may be repeated", parsePlaces, [])
    .addOption(
      new Option("--class <class>", "class of the data; may be repeated")
        .choices(dataClasses)
        .argParser(parseWord(dataClasses))
        .default([]),
    )
    .option("--facts <json>", "any other fact, as a line of `bailiwick decide` says it", "{}")
    .option(
      "--cell <name>",
      "the cell that receives the request (default: the best one that may); with --config: whose it is",
    )
    .option("--model <alias>", "what would serve this model alone (default: all that the tenant may use)")
    .option("--at <date>", "decide at this date or instant (default: now)", parseAt);
}

function addRecordedOptions(command: Command): void {
  command
    .addOption(
      new Option("--request <id>", "explain this request as it was recorded")
        .argParser(parseHandle)
        .conflicts(recordedFacts),
    )
    .option(
      "--ledger <place>",
      "with --request: a ledger's directory, the directory of `up`, a log's address, `s3://bucket/prefix`, or a bundle",
    )
    .option(
      "--config <file>",
      "with --request: the cell file of the cell that decided, for its ledger, policy and keys",
    )
    .option(
      "--trust <file>",
      "with --request: whose signatures to trust; by default one that lies beside the ledger",
    );
}

function recorded(
  terminal: Terminal,
  policy: string | null,
  flags: ExplainFlags,
  request: string,
): Promise<ExitCode> {
  return explainRecorded(terminal, {
    request,
    policy,
    ledger: flags.ledger ?? null,
    config: flags.config ?? null,
    cell: flags.cell ?? null,
    trust: flags.trust ?? null,
    tenant: flags.tenant ?? null,
    citizenships: flags.citizenship,
    isJson: flags.json ?? false,
  });
}

async function explain(terminal: Terminal, file: string, flags: ExplainFlags): Promise<ExitCode> {
  const source = { text: readText("policy", file), file, directory: dirname(file) };
  const answer = openFactSession(source)(factsText(flags));
  const explanation = explainRequest(answer, flags.at ?? Date.now());
  await (flags.json ? terminal.printJson(explanation) : terminal.print(formatExplanation(explanation)));
  return exitCode.ok;
}

function parseHandle(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  throw new InvalidArgumentError("expected a handle: 32 lower-case hex digits.");
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

/** Throws an {@link UnusableInputError} for whatever is no object; the schema looks at its members. */
function parsedObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  if (isObject(value)) return value;
  throw new UnusableInputError([`\`--facts\` is not a JSON object; see schema/facts.schema.json`]);
}
