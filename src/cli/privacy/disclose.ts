import { InvalidArgumentError } from "commander";
import { checkDisclosure } from "./disclose-check.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { call, type CellFlags } from "./lifecycle-call.ts";
import { writeText } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

interface DiscloseFlags extends CellFlags {
  readonly subject?: string;
  readonly to?: string;
  readonly out?: string;
}

interface Disclosure {
  readonly subject: string;
  readonly recipient: string;
  readonly file: string;
}

export function addDiscloseCommand(program: Command): void {
  // The type is stated for the compiler to see that `error` never returns.
  const disclose: Command = program
    .command("disclose")
    .description("hand an auditor the key of one subject's commitments; the ledger says so")
    .option("--config <file>", "the cell file (required)")
    .option("--cell <name>", "the cell of the policy, where the cell file does not say")
    .option("--subject <handle>", "the key, by its handle (required)")
    .option("--to <word>", "who gets it, such as `auditor` (required)", parseRecipient)
    .option("--out <file>", "where to write the key (required)")
    .option("--json", "print the result as JSON")
    .runs(async (terminal, flags: Partial<DiscloseFlags>) => {
      const { config, subject, to, out } = flags;
      // Commander would ask required options of `disclose check` too.
      if (config === undefined || subject === undefined || to === undefined || out === undefined) {
        disclose.error("error: --config, --subject, --to and --out are required");
      }
      return hand(terminal, { ...flags, config }, { subject, to, out });
    });
  addCheck(disclose);
}

async function hand(
  terminal: Terminal,
  flags: CellFlags,
  { subject, to, out }: Required<Pick<DiscloseFlags, "subject" | "to" | "out">>,
): Promise<ExitCode> {
  const input = { subject, recipient: to };
  const { file } = await call<Disclosure>(terminal, flags, {
    method: "POST",
    path: "/admin/disclosures",
    input,
  });
  writeText(out, file, 0o600);
  if (flags.json) await terminal.printJson({ ...input, out });
  else {
    await terminal.print(
      `wrote \`${out}\`: with it \`${to}\` can check, by \`bailiwick disclose check\`, which entries under ${subject} ` +
        `a given request or answer made; it opens no content and says nothing of other subjects`,
    );
  }
  return exitCode.ok;
}

interface CheckFlags {
  readonly key: string;
  readonly request?: string;
  readonly answer?: string;
  readonly json?: boolean;
}

function addCheck(disclose: Command): void {
  disclose
    .command("check")
    .description("list the entries that commit to a request or an answer, offline")
    .argument("<directory>", "a cell's ledger directory, or a copy of one log")
    .requiredOption("--key <file>", "the key that was disclosed")
    .option("--request <file>", "the body of a request, byte for byte")
    .option("--answer <file>", "an answer as it was received, byte for byte")
    .option("--json", "print one entry a line as JSON")
    .runs(async (terminal, directory: string, _: CheckFlags, check: Command) => {
      // `disclose` itself has `--json` too, and Commander gives it to whichever comes first.
      return checkDisclosure(terminal, directory, check.optsWithGlobals<CheckFlags>());
    });
}

function parseRecipient(text: string): string {
  if (/^[a-z][a-z0-9_-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError("expected a word of lower-case letters, digits, `-` and `_`.");
}
