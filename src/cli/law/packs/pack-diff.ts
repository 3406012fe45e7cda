// What another version of a pack would change, as requests of a policy and not as lines of text.
import { basename, dirname } from "node:path";
import type { InstantMs } from "../../../base/index.ts";
import { deploymentOf, type PackText, type Policy } from "../../../config/index.ts";
import { diffPolicies } from "../../../law/index.ts";
import { accepted, readPolicyText, readText, requirePolicy } from "../../../cell/index.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { endOf, type Horizon, horizonOption, parseAt } from "../../terminal/flags.ts";
import { listOf } from "../../terminal/quoted-list.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";
import { formatDiff } from "../check/diff.ts";

interface PackDiffFlags {
  readonly at?: InstantMs;
  readonly horizon: Horizon;
  readonly json?: boolean;
}

const helpText = `
Example:
  bailiwick packs diff policy.yaml review/eu-gdpr.yaml

Exit codes: 0 nothing is newly allowed, 1 something is, 2 a file cannot be read.`;

export function addPackDiffCommand(packs: Command): void {
  packs
    .command("diff")
    .description("what a policy would newly allow, refuse or transfer with another text of one of its packs")
    .argument("<policy>", "the policy file")
    .argument("<file>", "the other text, in a file of the pack's name")
    .option("--at <date>", "compare from this date or instant (default: now)", parseAt)
    .addOption(horizonOption())
    .option("--json", "print the patterns as JSON")
    .addHelpText("after", helpText)
    .runs((terminal, policy: string, pack: string, flags: PackDiffFlags) =>
      diffPack(terminal, policy, pack, flags),
    );
}

async function diffPack(
  terminal: Terminal,
  file: string,
  pack: string,
  { at, horizon, json }: PackDiffFlags,
): Promise<ExitCode> {
  const old = requirePolicy(file);
  const id = requirePinned(old, pack);
  const other: PackText = { file: pack, text: readText("pack", pack) };
  const source = { file, directory: dirname(file), isLocked: false };
  const replaced = { id, pack: other };
  const young = accepted(readPolicyText(readText("policy", file), { ...source, replaced }));
  const fromMs = at ?? Date.now();
  const found = diffPolicies(deploymentOf(old), deploymentOf(young), {
    fromMs,
    untilMs: endOf(horizon, fromMs),
  });
  const allowed = found.patterns.filter(({ kind }) => kind === "newly-allowed");
  if (json) await terminal.printJson({ ok: allowed.length === 0, ...found });
  else await terminal.print(formatDiff(found, allowed));
  return allowed.length === 0 ? exitCode.ok : exitCode.checkFailed;
}

/** A text that takes no pack's place changes nothing, which would look like good news. */
function requirePinned({ law }: Policy, file: string): string {
  const id = basename(file, ".yaml");
  const pinned = law.regimes.map((regime) => regime.id as string);
  if (pinned.includes(id)) return id;
  throw new UnusableInputError([
    `\`${file}\` takes the place of no pack: the policy pins no \`${id}\`, but ${listOf(pinned)}; give the file the name of the pack that it would replace`,
  ]);
}
