import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { type Court, openCourt } from "./court.ts";
import { decideRequest } from "./decided.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { readText } from "./file-text.ts";
import { parseAt } from "./flags.ts";
import { printJson } from "./output.ts";
import { UnusableInputError } from "./unusable-input.ts";

const helpText = `
Each line of standard input is one JSON object of facts, and gets one line of JSON (schema/facts.schema.json). Without
<policy> a line is {"policy": …, "facts": …}; its policy is an object or YAML text.

Example:
  echo '{"tenant":"demo-bank","class":"financial"}' | bailiwick decide policy.yaml

Exit code 1: a line could not be read; its answer is {"line":N,"errors":[…]}, and the other lines are decided.`;

export function addDecideCommand(program: Command): void {
  program
    .command("decide")
    .description("decide facts from standard input by a policy: one JSON verdict a line")
    .argument("[policy]", "the policy file")
    .option("--at <date>", "decide at this date or instant where a line names none (default: now)", parseAt)
    .addHelpText("after", helpText)
    .action(async (file: string | undefined, flags: { readonly at?: number }) => {
      process.exitCode = await decide(file ?? null, flags.at ?? Date.now());
    });
}

/** Line by line, so that any number of them takes no memory. */
async function decide(file: string | null, nowMs: number): Promise<ExitCode> {
  const court = file === null ? travellingCourt() : courtOf(file);
  let code: ExitCode = exitCode.ok;
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === "") continue;
    try {
      await printJson({ line: number, ...decideRequest(hear(court, line), nowMs) });
    } catch (error) {
      if (!(error instanceof UnusableInputError)) throw error;
      code = exitCode.checkFailed;
      await printJson({ line: number, errors: error.lines });
    }
  }
  return code;
}

function courtOf(file: string): Court {
  return openCourt({ text: readText("policy", file), file, directory: dirname(file) });
}

function hear(court: Court, line: string): ReturnType<Court> {
  try {
    JSON.parse(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableInputError([`the line is not JSON: ${reason}`], { cause: error });
  }
  return court(line);
}

/** Each line brings its policy; one that is the same as in the line before is not read again. */
function travellingCourt(): Court {
  let latest: { readonly text: string; readonly court: Court } | null = null;
  return (line) => {
    const { policy, facts } = parts(JSON.parse(line));
    if (latest?.text !== policy) {
      latest = { text: policy, court: openCourt({ text: policy, file: "policy", directory: "." }) };
    }
    return latest.court(facts);
  };
}

function parts(value: unknown): { readonly policy: string; readonly facts: string } {
  if (typeof value === "object" && value !== null && "policy" in value && "facts" in value) {
    const { policy, facts, ...rest } = value;
    const [unknown] = Object.keys(rest);
    if (unknown === undefined) {
      return {
        policy: typeof policy === "string" ? policy : JSON.stringify(policy),
        facts: JSON.stringify(facts),
      };
    }
    throw new UnusableInputError([`unknown member \`${unknown}\`; expected \`policy\` and \`facts\` alone`]);
  }
  throw new UnusableInputError(['expected {"policy": …, "facts": …}, or name a policy file']);
}
