import { Option } from "commander";
import type { Place } from "../../../base/index.ts";
import { type DataClass, dataClasses, type RequirementLevel, requirementLevels } from "../../../law/index.ts";
import { readPacks } from "../../../cell/index.ts";
import { closest, sectorsNamed } from "../../../config/index.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { parsePlaces, parseWord } from "../../terminal/flags.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";
import { wrap } from "../../terminal/wrap.ts";
import { advise, type Advice } from "./advise.ts";

interface AdviseFlags {
  readonly controller: readonly Place[];
  readonly subject: readonly Place[];
  readonly operator: readonly Place[];
  readonly class: readonly DataClass[];
  readonly sector?: string;
  readonly requires: readonly RequirementLevel[];
  readonly json?: boolean;
}

const helpText = `
Example:
  bailiwick packs advise --controller DE --subject DE --operator US --class financial --sector banking`;

export function addAdviseCommand(packs: Command): void {
  packs
    .command("advise")
    .description("say which packs a policy should pin for these facts, and why")
    .requiredOption(
      "--controller <place>",
      "where the controller is established; may be repeated",
      parsePlaces,
      [],
    )
    .option("--subject <place>", "where data subjects are (default: with the controller)", parsePlaces, [])
    .option("--operator <place>", "from where operators are controlled; may be repeated", parsePlaces, [])
    .addOption(
      words("--class <class>", "class of the data; may be repeated (default: personal)", dataClasses),
    )
    .option("--sector <word>", "the controller's sector, such as banking")
    .addOption(words("--requires <level>", "what the tenant requires beside the law", requirementLevels))
    .option("--json", "print them as JSON")
    .addHelpText("after", helpText)
    .runs((terminal, flags: AdviseFlags) => printAdvice(terminal, flags));
}

function words(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description)
    .choices([...choices])
    .argParser(parseWord(choices))
    .default([]);
}

async function printAdvice(terminal: Terminal, flags: AdviseFlags): Promise<ExitCode> {
  const regimes = readPacks(".").map(({ regime }) => regime);
  tellNearSector(terminal, flags.sector, sectorsNamed(regimes));
  const facts = {
    controllers: flags.controller,
    subjects: flags.subject.length > 0 ? flags.subject : flags.controller,
    operators: flags.operator,
    classes: flags.class.length > 0 ? flags.class : (["personal"] as const),
    sector: flags.sector ?? null,
    levels: flags.requires,
  };
  const advice = advise(facts, regimes);
  if (flags.json) await terminal.printJson(advice);
  else await terminal.print(formatAdvice(advice));
  return exitCode.ok;
}

/** Any word may be a sector, and most are of no law; one that is nearly a law's is more likely a slip of the pen. */
function tellNearSector(terminal: Terminal, sector: string | undefined, named: readonly string[]): void {
  if (sector === undefined || named.includes(sector)) return;
  const near = closest(sector, named);
  if (near !== null)
    terminal.complain(`no pack asks for the sector \`${sector}\`; did you mean \`${near}\`?`);
}

function formatAdvice(advice: readonly Advice[]): string {
  const pinned = advice.filter(({ ifs }) => ifs.length === 0);
  const open = advice.filter(({ ifs }) => ifs.length > 0);
  return [
    `packs: [${pinned.map(({ pack }) => pack).join(", ")}]`,
    "",
    ...pinned.map(({ pack, title, why }) => wrap(`${pack}: ${title}; it ${why.join(", and it ")}`, 4)),
    ...(open.length > 0 ? ["", "and, if it is so:"] : []),
    ...open.map(({ pack, title, ifs }) => wrap(`${pack}: ${title}; if ${ifs.join(", or ")}`, 4)),
  ].join("\n");
}
