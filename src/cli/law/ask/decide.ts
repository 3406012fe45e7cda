import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { type InstantMs, isObject } from "../../../base/index.ts";
import type { PackText } from "../../../config/index.ts";
import { type FactSession, openFactSession } from "./fact-session.ts";
import { decideRequest } from "./decided.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { readText } from "../../../cell/index.ts";
import { parseAt } from "../../terminal/flags.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

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
    .runs((terminal, file: string | undefined, flags: { readonly at?: number }) =>
      decide(terminal, file ?? null, flags.at ?? Date.now()),
    );
}

/** Answers line by line, so that memory does not grow with the number of lines. */
async function decide(terminal: Terminal, file: string | null, nowMs: InstantMs): Promise<ExitCode> {
  const session = file === null ? travellingSession() : sessionOn(file);
  let code: ExitCode = exitCode.ok;
  let number = 0;
  for await (const line of createInterface({
    input: terminal.streams.stdin,
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    if (line.trim() === "") continue;
    try {
      await terminal.printJson({ line: number, ...decideRequest(ask(session, line), nowMs) });
    } catch (error) {
      if (!(error instanceof UnusableInputError)) throw error;
      code = exitCode.checkFailed;
      await terminal.printJson({ line: number, errors: error.lines });
    }
  }
  return code;
}

function sessionOn(file: string): FactSession {
  return openFactSession({ text: readText("policy", file), file, directory: dirname(file) });
}

function ask(session: FactSession, line: string): ReturnType<FactSession> {
  try {
    JSON.parse(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableInputError([`the line is not JSON: ${reason}`], { cause: error });
  }
  return session(line);
}

/** Each line brings its policy; one that is the same as in the line before is not read again. */
function travellingSession(): FactSession {
  let latest: { readonly text: string; readonly session: FactSession } | null = null;
  const packTexts = new Map<string, PackText | null>();
  return (line) => {
    const { policy, facts } = parts(JSON.parse(line));
    if (latest?.text !== policy) {
      const source = { text: policy, file: "policy", directory: ".", packTexts };
      latest = { text: policy, session: openFactSession(source) };
    }
    return latest.session(facts);
  };
}

function parts(value: unknown): { readonly policy: string; readonly facts: string } {
  if (isObject(value) && "policy" in value && "facts" in value) {
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
