import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TrustFile } from "../../ledger/index.ts";
import {
  type BackupManifest,
  checkRestored,
  openBackup,
  type RestoredLedger,
  UnusableBackupError,
  writeRestored,
} from "../../operate/index.ts";
import { UnusableArchiveError } from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { formatReport, jsonOf } from "../ledger/ledger-report.ts";
import { noteParts, parseTrust, readTrust, replaceScalars, trustFileName } from "../../cell/index.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

interface RestoreFlags {
  readonly to?: string;
  readonly drill?: boolean;
  readonly trust?: string;
  readonly json?: boolean;
}

export function addRestoreCommand(program: Command): void {
  const restore: Command = program
    .command("restore")
    .description(
      "put a backup into an empty folder, verify it, and ask the witnesses whether it may be continued",
    )
    .argument("<backup>", "a `.tar` or folder that `bailiwick backup` wrote")
    .option("--to <folder>", "where to; it must be empty or not exist")
    .option("--drill", "into a temporary folder, which is removed again")
    .option("--trust <file>", "whose signatures to believe (tlog-policy); by default the one in the backup")
    .option("--json", "print the result as JSON")
    .runs(async (terminal, place: string, flags: RestoreFlags) => {
      if ((flags.to === undefined) === (flags.drill === undefined)) {
        restore.error("error: give one of '--to <folder>' and '--drill'");
      }
      return restoreBackup(terminal, place, flags);
    });
}

async function restoreBackup(terminal: Terminal, place: string, flags: RestoreFlags): Promise<ExitCode> {
  const directory = flags.to ?? mkdtempSync(join(tmpdir(), "bailiwick-restore-"));
  try {
    const manifest = await unpack(place, directory);
    if (manifest.kind === "vault") return await announceVault(terminal, { directory, manifest }, flags);
    const restored = await checkRestored(directory, trustFor(directory, flags));
    return await announce(terminal, { directory, manifest, restored }, flags);
  } finally {
    if (flags.to === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

async function unpack(place: string, directory: string): Promise<BackupManifest> {
  try {
    const backup = await openBackup(resolve(place));
    try {
      writeRestored(backup, resolve(directory), Date.now());
    } finally {
      backup.close();
    }
    moveIn(directory, backup.manifest);
    return backup.manifest;
  } catch (error) {
    if (error instanceof UnusableBackupError || error instanceof UnusableArchiveError) {
      throw new UnusableInputError([`backup \`${place}\`: ${error.message}`], { cause: error });
    }
    throw asUnusable(`backup \`${place}\` cannot be restored`, error);
  }
}

/** Rewrites the paths in the cell file, so that they lead to what lies beside it now. */
function moveIn(directory: string, { kind }: BackupManifest): void {
  if (kind === "vault") return;
  const file = join(directory, "cell.yaml");
  const text = readFileSync(file, "utf8");
  const moved = replaceScalars(text, [
    [["policy"], "policy.yaml"],
    [["state"], "state"],
    [["trust"], trustFileName],
  ]);
  writeFileSync(file, moved);
  // What the backup does not hold, such as the vault, is not missed at the start.
  noteParts(join(directory, "state"));
}

function trustFor(directory: string, { trust }: RestoreFlags): TrustFile {
  const file = trust ?? join(directory, trustFileName);
  try {
    return trust === undefined ? parseTrust(file, readFileSync(file)) : readTrust(trust);
  } catch (error) {
    throw asUnusable("the backup holds no trust file; give one with `--trust`", error);
  }
}

interface Restored {
  readonly directory: string;
  readonly manifest: BackupManifest;
  readonly restored: RestoredLedger;
}

async function announce(
  terminal: Terminal,
  { directory, manifest, restored }: Restored,
  { json, drill }: RestoreFlags,
): Promise<ExitCode> {
  const { report, behind, witnessed } = restored;
  const isIntact = report.logs.every(({ problemCount }) => problemCount === 0);
  const isCurrent = behind.length === 0;
  if (json) {
    const logs = report.logs.map((log) => jsonOf(directory, log));
    const { madeAt, holdsSigningKeys } = manifest;
    await terminal.printJson({
      ok: isIntact && isCurrent,
      madeAt,
      holdsSigningKeys,
      logs,
      witnessed,
      behind,
    });
  } else {
    for (const log of report.logs) await terminal.print(formatReport(directory, log));
    for (const line of [...linesOf(restored), nextStep(directory, manifest, drill ?? false)]) {
      if (isIntact && isCurrent) await terminal.print(line);
    }
    for (const each of behind) await terminal.print(warningOf(each));
  }
  return isIntact && isCurrent ? exitCode.ok : exitCode.checkFailed;
}

function linesOf({ report, witnessed }: RestoredLedger): readonly string[] {
  const unasked = report.logs.flatMap(({ checkpoint }) =>
    checkpoint === null || witnessed.includes(checkpoint.origin) ? [] : [checkpoint.origin],
  );
  return [
    ...witnessed.map((origin) => `${origin}: its witnesses have seen no more than this`),
    ...unasked.map((origin) => `${origin}: no witness was reached, so nobody says whether it is the newest`),
  ];
}

function nextStep(directory: string, { holdsSigningKeys }: BackupManifest, isDrill: boolean): string {
  if (isDrill) return "the drill is passed, and its folder removed";
  return holdsSigningKeys
    ? `restored; start it with: bailiwick serve --config ${join(directory, "cell.yaml")}`
    : "restored to be read and verified; without its signing keys (`backup --with-keys`) no cell can continue it";
}

/** Continuing it would show two histories to whoever has seen the larger one: that is what a forger does. */
function warningOf({ origin, restoredSize, witnessedSize }: RestoredLedger["behind"][number]): string {
  const lost = witnessedSize - restoredSize;
  return [
    `${origin}: REFUSED: it ends at entry ${restoredSize}, and witnesses have cosigned ${witnessedSize}: ${lost} entries are missing`,
    "  no cell may continue this log, and none will: it asks its witnesses when it starts",
    "  next: look for the missing entries in a newer backup, the locked copies, or the old disk;",
    "  if they are gone, keep this copy to be verified, say so to the auditor, and go on under another name of the cell,",
    "  which begins a log of its own",
  ].join("\n");
}

async function announceVault(
  terminal: Terminal,
  { directory, manifest: { cell, expiresAt } }: Omit<Restored, "restored">,
  { json, drill }: RestoreFlags,
): Promise<ExitCode> {
  const line =
    drill === true
      ? `every file of the vault of \`${cell}\` is there; it must be deleted by ${expiresAt ?? ""}`
      : `restored to ${directory}; move \`state/vault\` beside the ledger: keys that were erased since are erased again at the start`;
  if (json) await terminal.printJson({ ok: true, cell, expiresAt });
  else await terminal.print(line);
  return exitCode.ok;
}
