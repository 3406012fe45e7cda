import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  backupMembers,
  type BackupPlan,
  UnusableBackupError,
  vaultBackupDays,
  writeBackup,
} from "../../operate/index.ts";
import { SnapshotError } from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { locateCell, trustFileName } from "../../cell/index.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

interface BackupFlags {
  readonly config: string;
  readonly cell?: string;
  readonly out: string;
  readonly withKeys?: boolean;
  readonly vault?: boolean;
  readonly json?: boolean;
}

export function addBackupCommand(program: Command): void {
  program
    .command("backup")
    .description("copy a cell's ledger and configuration, whether the cell runs or not")
    .requiredOption("--config <file>", "the cell file")
    .option("--cell <name>", "the cell of the policy, where the cell file does not say")
    .requiredOption("--out <place>", "a `.tar` that does not exist, or an empty folder")
    .option("--with-keys", "with the keys that sign the log and cosign others': needed to serve from it")
    .option("--vault", `only the vault of subject keys; such a backup expires after ${vaultBackupDays} days`)
    .option("--json", "print what was written as JSON")
    .runs((terminal, flags: BackupFlags) => backUp(terminal, flags));
}

async function backUp(
  terminal: Terminal,
  { config, cell: wantedCell, out, withKeys, vault, json }: BackupFlags,
): Promise<ExitCode> {
  const file = resolve(config);
  const { cell, policy, policyFile, stateDirectory, cellFile } = locateCell({
    file,
    wantedCell: wantedCell ?? null,
  });
  const plan: BackupPlan = {
    kind: vault === true ? "vault" : "cell",
    deployment: policy.deployment,
    cell: cell.id,
    stateDirectory,
    configuration: configurationOf({ file, policyFile, trustPath: cellFile.trustPath }),
    withKeys: withKeys ?? false,
    nowMs: Date.now(),
  };
  const fileCount = await write(out, plan);
  if (withKeys === true) {
    terminal.complain(
      `${out} holds the keys that sign as \`${cell.id}\`: keep it as you keep the cell's own disk`,
    );
  }
  if (json) await terminal.printJson({ file: out, kind: plan.kind, cell: cell.id, files: fileCount });
  else
    await terminal.print(`wrote ${out}, ${fileCount} files; try it with: bailiwick restore --drill ${out}`);
  return exitCode.ok;
}

/** Gives the files the names under which a restored cell looks for them. */
function configurationOf(files: {
  readonly file: string;
  readonly policyFile: string;
  readonly trustPath: string | null;
}): ReadonlyMap<string, string> {
  const folder = dirname(files.file);
  const places: readonly (readonly [string, string])[] = [
    ["cell.yaml", files.file],
    ["policy.yaml", files.policyFile],
    ["bailiwick.lock", join(dirname(files.policyFile), "bailiwick.lock")],
    [trustFileName, resolve(folder, files.trustPath ?? trustFileName)],
  ];
  return new Map(places.filter(([, path]) => existsSync(path)));
}

async function write(out: string, plan: BackupPlan): Promise<number> {
  try {
    return await writeBackup(out, backupMembers(plan));
  } catch (error) {
    if (error instanceof UnusableBackupError || error instanceof SnapshotError) {
      throw new UnusableInputError([`backup of \`${plan.cell}\`: ${error.message}`], { cause: error });
    }
    throw asUnusable(`\`${out}\` cannot be written`, error);
  }
}
