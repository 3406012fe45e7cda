// `import`: another gateway's configuration as a policy. It guesses nothing: what the file does not say is `?`, and a policy
// with one does not pass `check`.
import { dirname } from "node:path";
import { Argument } from "commander";
import { parse } from "yaml";
import { readProviders, readText } from "../../cell/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import {
  ForeignFileError,
  type ForeignGateway,
  foreignGateways,
  importedText,
  type LeftOut,
} from "../../operate/index.ts";
import { addAnswerOptions, create, regimesFor } from "../law/init/init.ts";
import { type InitTexts, readAnswers } from "../law/init/init-answers.ts";
import { initPolicy } from "../law/init/init-policy.ts";
import type { Command } from "../terminal/command.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { formatTable } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface ImportFlags extends InitTexts {
  readonly out: string;
  readonly json?: boolean;
}

export function addImportCommand(program: Command): void {
  const command = program
    .command("import")
    .description(
      "write a policy from another gateway's configuration; what that does not say, such as where something computes, is `?` until you say it",
    )
    .addArgument(new Argument("<kind>", "whose configuration it is").choices(Object.keys(foreignGateways)))
    .argument("<file>", "the configuration, as YAML or JSON");
  addAnswerOptions(command)
    .option("--json", "print what was taken over, and what was not, as JSON")
    .runs((terminal, kind: string, file: string, flags: ImportFlags) =>
      importFile(terminal, { kind, file }, flags),
    );
}

async function importFile(
  terminal: Terminal,
  { kind, file }: { readonly kind: string; readonly file: string },
  { out, json, ...flags }: ImportFlags,
): Promise<ExitCode> {
  const answers = readAnswers(flags);
  const [cell, ...others] = answers.cells;
  if (cell === undefined || others.length > 0)
    throw new UnusableInputError(["cells: a configuration of one gateway becomes one cell; name one"]);
  const gateway = readForeign(kind, file);
  if (gateway.models.length === 0)
    throw new UnusableInputError([
      `\`${file}\`: no model in it can be taken over`,
      ...gateway.leftOut.map(leftOutLine),
    ]);
  const regimes = regimesFor(answers, dirname(out));
  const text = importedText(gateway, cell.name, readProviders(dirname(out)));
  create(out, initPolicy(answers, regimes, text));
  await tell(terminal, { gateway, out, unknownCount: text.unknownCount, isJson: json ?? false });
  return exitCode.ok;
}

function readForeign(kind: string, file: string): ForeignGateway {
  const read = foreignGateways[kind];
  if (!read) throw new TypeError(`there is no gateway \`${kind}\``);
  const text = readText("configuration", file);
  try {
    return read(parse(text, { maxAliasCount: 100 }));
  } catch (error) {
    if (error instanceof ForeignFileError)
      throw new UnusableInputError([`\`${file}\` is no configuration of ${kind}: ${error.message}`]);
    // The parser's own words may quote the file, and its keys.
    throw new UnusableInputError([`\`${file}\` is neither YAML nor JSON`]);
  }
}

interface Told {
  readonly gateway: ForeignGateway;
  readonly out: string;
  readonly unknownCount: number;
  readonly isJson: boolean;
}

async function tell(terminal: Terminal, { gateway, out, unknownCount, isJson }: Told): Promise<void> {
  const { endpoints, models, leftOut } = gateway;
  if (isJson) {
    return terminal.printJson({
      policy: out,
      unknown: unknownCount,
      endpoints: endpoints.map(({ name, url, keyVariable }) => ({ name, url, keyVariable })),
      models: models.map(({ alias, servedBy }) => ({
        alias,
        endpoints: servedBy.map(({ endpoint }) => endpoint),
      })),
      leftOut,
    });
  }
  const rows = endpoints.map(({ name, url, keyVariable }) => [name, url ?? "?", keyVariable ?? ""]);
  await terminal.print(formatTable(["endpoint", "called at", "key in"], rows));
  for (const left of leftOut) terminal.note(leftOutLine(left));
  const next =
    unknownCount === 0
      ? `bailiwick check ${out}`
      : `say what stands as \`"?"\`, ${unknownCount} times; \`bailiwick check ${out}\` names each`;
  await terminal.print(`wrote ${out}; next: ${next}`);
}

function leftOutLine({ path, reason }: LeftOut): string {
  return `left out: ${path}: ${reason}`;
}
