import { dirname } from "node:path";
import { styleText } from "node:util";
import { dayMs, formatDay, type InstantMs } from "../../../base/index.ts";
import { closest } from "../../../config/index.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { parseAt } from "../../terminal/flags.ts";
import { type PackFile, readPacks } from "../../../cell/index.ts";
import { addAdviseCommand } from "./advise-command.ts";
import { ruleConfidences } from "./pack-confidences.ts";
import { addPackDiffCommand } from "./pack-diff.ts";
import { formatPack } from "./pack-text.ts";
import { changedPacks, lockPacks, readUnlocked } from "./pack-lock.ts";
import { formatTable } from "../../terminal/table.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

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
    .runs((terminal, flags: PacksFlags) => listPacks(terminal, flags.json ?? false));
  packs
    .command("show")
    .description("print one pack for a lawyer: rule by rule, with sources and what it does not state")
    .argument("<id>", "its name, such as eu-gdpr")
    .option("--source", "print the file as it is written, under its hash")
    .option("--json", "print its facts as JSON")
    .runs((terminal, id: string, flags: ShowFlags) => showPack(terminal, id, flags));
  addAdviseCommand(packs);
  addPackDiffCommand(packs);
  packs
    .command("outdated")
    .description("list packs whose review is due within 30 days, or whose text is not the one locked")
    .argument("[policy]", "look at the packs of this policy alone (default: all)")
    .option("--at <date>", "as of this date or instant (default: now)", parseAt)
    .option("--json", "print them as JSON")
    .addHelpText("after", "\nExit code 1: a review is overdue, or a text has changed since it was locked.")
    .runs((terminal, policy: string | undefined, flags: PacksFlags) =>
      listOutdated(terminal, policy ?? null, flags),
    );
  packs
    .command("lock")
    .description("pin the texts of a policy's packs in bailiwick.lock beside it, once they have been read")
    .argument("<policy>", "the policy file")
    .option("--json", "print where it was written as JSON")
    .runs(async (terminal, policy: string, flags: PacksFlags) => {
      const lock = lockPacks(policy);
      await (flags.json ? terminal.printJson({ lock }) : terminal.print(`wrote ${lock}`));
      return exitCode.ok;
    });
}

async function listPacks(terminal: Terminal, isJson: boolean): Promise<ExitCode> {
  const packs = readPacks(".");
  if (isJson) await terminal.printJson(packs.map(summaryOf));
  else {
    await terminal.print(
      formatTable(
        ["PACK", "RULE", "CONFIDENCE", "REVIEW BY", "TITLE"],
        packs.map(({ regime }) => [
          regime.id,
          regime.rule,
          regime.confidence,
          formatDay(regime.reviewByMs),
          regime.title,
        ]),
      ),
    );
  }
  return exitCode.ok;
}

interface ShowFlags extends Pick<PacksFlags, "json"> {
  readonly source?: boolean;
}

async function showPack(terminal: Terminal, id: string, { source, json }: ShowFlags): Promise<ExitCode> {
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
  const { file, sha256, text, regime } = found;
  if (json) await terminal.printJson({ ...summaryOf(found), sources: regime.sources, text });
  else if (source) await terminal.print(`# ${file}\n# sha256 ${sha256}\n${text.trimEnd()}`);
  else await terminal.print(formatPack({ regime, confidences: ruleConfidences(text) }));
  return exitCode.ok;
}

const noticeMs = 30 * dayMs;

async function listOutdated(
  terminal: Terminal,
  policy: string | null,
  { at, json }: PacksFlags,
): Promise<ExitCode> {
  const outdated = outdatedPacks(policy, at ?? Date.now());
  if (json) await terminal.printJson(outdated.map(({ pack, is }) => ({ ...summaryOf(pack), is })));
  else if (outdated.length === 0) await terminal.print("no pack is due for review");
  else {
    await terminal.print(
      formatTable(
        ["PACK", "REVIEW BY", "IS", "CONFIDENCE", "TITLE"],
        outdated.map(({ pack: { regime }, is }) => [
          regime.id,
          formatDay(regime.reviewByMs),
          is.map((state) => styleText(state === "due soon" ? "yellow" : "red", state)).join(", "),
          regime.confidence,
          regime.title,
        ]),
      ),
    );
  }
  return outdated.every(({ is }) => is.every((state) => state === "due soon"))
    ? exitCode.ok
    : exitCode.checkFailed;
}

interface Outdated {
  readonly pack: PackFile;
  readonly is: readonly ("overdue" | "due soon" | "not as locked")[];
}

function outdatedPacks(policy: string | null, atMs: InstantMs): readonly Outdated[] {
  const pinned = policy === null ? null : new Set(readUnlocked(policy).packs.map(({ id }) => id));
  const changed = (policy === null ? null : changedPacks(policy)) ?? [];
  return readPacks(policy === null ? "." : dirname(policy))
    .filter(({ regime }) => pinned === null || pinned.has(regime.id))
    .map((pack) => ({ pack, is: [...reviewState(pack, atMs), ...lockState(pack, changed)] }))
    .filter(({ is }) => is.length > 0);
}

function reviewState({ regime }: PackFile, atMs: InstantMs): Outdated["is"] {
  if (regime.reviewByMs <= atMs) return ["overdue"];
  return regime.reviewByMs <= atMs + noticeMs ? ["due soon"] : [];
}

function lockState({ regime }: PackFile, changed: readonly string[]): Outdated["is"] {
  return changed.includes(regime.id) ? ["not as locked"] : [];
}

function summaryOf({ file, sha256, regime }: PackFile): object {
  const { id, version, title, rule, confidence, reviewByMs } = regime;
  return { id, version, title, rule, confidence, reviewBy: formatDay(reviewByMs), file, sha256 };
}
