import { dirname } from "node:path";
import { styleText } from "node:util";
import type { Command } from "commander";
import { formatInstant, type InstantMs } from "../base/index.ts";
import { closest } from "../config/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { parseAt } from "./flags.ts";
import { print, printJson } from "./output.ts";
import { type PackFile, readPacks } from "./pack-files.ts";
import { changedPacks, lockPacks, readUnlocked } from "./pack-lock.ts";
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
    .description("list packs whose review is due within 30 days, or whose text is not the one locked")
    .argument("[policy]", "look at the packs of this policy alone (default: all)")
    .option("--at <date>", "as of this date or instant (default: now)", parseAt)
    .option("--json", "print them as JSON")
    .addHelpText("after", "\nExit code 1: a review is overdue, or a text has changed since it was locked.")
    .action(async (policy: string | undefined, flags: PacksFlags) => {
      process.exitCode = await listOutdated(policy ?? null, flags);
    });
  packs
    .command("lock")
    .description("pin the texts of a policy's packs in bailiwick.lock beside it, once they have been read")
    .argument("<policy>", "the policy file")
    .option("--json", "print where it was written as JSON")
    .action(async (policy: string, flags: PacksFlags) => {
      const lock = lockPacks(policy);
      await (flags.json ? printJson({ lock }) : print(`wrote ${lock}`));
      process.exitCode = exitCode.ok;
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

async function listOutdated(policy: string | null, { at, json }: PacksFlags): Promise<ExitCode> {
  const outdated = outdatedPacks(policy, at ?? Date.now());
  if (json) await printJson(outdated.map(({ pack, is }) => ({ ...summaryOf(pack), is })));
  else if (outdated.length === 0) await print("no pack is due for review");
  else {
    await print(
      formatTable(
        ["PACK", "REVIEW BY", "IS", "CONFIDENCE", "TITLE"],
        outdated.map(({ pack: { regime }, is }) => [
          regime.id,
          dayOf(regime.reviewByMs),
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
  return { id, version, title, rule, confidence, reviewBy: dayOf(reviewByMs), file, sha256 };
}

function dayOf(instantMs: InstantMs): string {
  return formatInstant(instantMs).slice(0, "yyyy-mm-dd".length);
}
