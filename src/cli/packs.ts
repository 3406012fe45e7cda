import { styleText } from "node:util";
import type { Command } from "commander";
import { formatInstant, type InstantMs } from "../base/index.ts";
import { closest } from "../config/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { parseAt } from "./flags.ts";
import { print, printJson } from "./output.ts";
import { type PackFile, readPacks } from "./pack-files.ts";
import { formatTable } from "./table.ts";
import { UnusableInputError } from "./unusable-input.ts";

interface PacksFlags {
  readonly at?: InstantMs;
  readonly json?: boolean;
}

export function addPacksCommand(program: Command): void {
  const packs = program.command("packs").description("the laws that a policy can name, as data");
  packs
    .command("list")
    .description("list every pack: those that come with the program, and your own in packs/")
    .option("--json", "print them as JSON")
    .action(async (flags: PacksFlags) => {
      process.exitCode = await listPacks(flags.json ?? false);
    });
  packs
    .command("show")
    .description("print one pack: its rules, sources, confidence and hash")
    .argument("<id>", "its name, such as eu-gdpr")
    .option("--json", "print its facts as JSON")
    .action(async (id: string, flags: PacksFlags) => {
      process.exitCode = await showPack(id, flags.json ?? false);
    });
  packs
    .command("outdated")
    .description("list packs whose review is due, or will be within 30 days; exit 1 if one is overdue")
    .option("--at <date>", "as of this date or instant (default: now)", parseAt)
    .option("--json", "print them as JSON")
    .action(async (flags: PacksFlags) => {
      process.exitCode = await listOutdated(flags.at ?? Date.now(), flags.json ?? false);
    });
}

async function listPacks(isJson: boolean): Promise<ExitCode> {
  const packs = readPacks(".");
  if (isJson) await printJson(packs.map(summaryOf));
  else {
    await print(
      formatTable(
        ["PACK", "RULE", "CONFIDENCE", "REVIEW BY", "TITLE"],
        packs.map(({ regime }) => [
          regime.id,
          regime.rule,
          regime.confidence,
          dayOf(regime.reviewByMs),
          regime.title,
        ]),
      ),
    );
  }
  return exitCode.ok;
}

async function showPack(id: string, isJson: boolean): Promise<ExitCode> {
  const packs = readPacks(".");
  const found = packs.find(({ regime }) => regime.id === id);
  if (found === undefined) {
    const meant = closest(
      id,
      packs.map(({ regime }) => regime.id),
    );
    const hint = meant === null ? "`bailiwick packs list` shows them" : `did you mean \`${meant}\`?`;
    throw new UnusableInputError([`pack \`${id}\` does not exist; ${hint}`]);
  }
  // The file says it best: it is written to be read, and its comments are part of what it says.
  if (isJson) await printJson({ ...summaryOf(found), sources: found.regime.sources, text: found.text });
  else await print(`# ${found.file}\n# sha256 ${found.sha256}\n${found.text.trimEnd()}`);
  return exitCode.ok;
}

const noticeMs = 30 * 24 * 60 * 60 * 1000;

async function listOutdated(atMs: InstantMs, isJson: boolean): Promise<ExitCode> {
  const due = readPacks(".").filter(({ regime }) => regime.reviewByMs <= atMs + noticeMs);
  const overdue = due.filter(({ regime }) => regime.reviewByMs <= atMs);
  if (isJson) {
    await printJson(due.map((pack) => ({ ...summaryOf(pack), overdue: pack.regime.reviewByMs <= atMs })));
  } else if (due.length === 0) {
    await print("no pack is due for review");
  } else {
    await print(
      formatTable(
        ["PACK", "REVIEW BY", "IS", "CONFIDENCE", "TITLE"],
        due.map(({ regime }) => [
          regime.id,
          dayOf(regime.reviewByMs),
          regime.reviewByMs <= atMs ? styleText("red", "overdue") : styleText("yellow", "due soon"),
          regime.confidence,
          regime.title,
        ]),
      ),
    );
  }
  return overdue.length === 0 ? exitCode.ok : exitCode.checkFailed;
}

function summaryOf({ file, sha256, regime }: PackFile): object {
  const { id, version, title, rule, confidence, reviewByMs } = regime;
  return { id, version, title, rule, confidence, reviewBy: dayOf(reviewByMs), file, sha256 };
}

function dayOf(instantMs: InstantMs): string {
  return formatInstant(instantMs).slice(0, "yyyy-mm-dd".length);
}
