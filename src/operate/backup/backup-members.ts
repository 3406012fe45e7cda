// The files of a backup, one after the other, while the cell goes on.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dayMs, type InstantMs } from "../../base/index.ts";
import { parseCheckpoint, parseNote } from "../../ledger/index.ts";
import { type BundleMember, snapshotLedger } from "../../store/index.ts";
import {
  type BackupFile,
  type BackupKind,
  type BackupManifest,
  formatManifest,
  hashOf,
  manifestName,
} from "./backup-manifest.ts";

export interface BackupPlan {
  readonly kind: BackupKind;
  readonly deployment: string;
  readonly cell: string;
  readonly stateDirectory: string;
  /** Files beside the state, by the name that they get. */
  readonly configuration: ReadonlyMap<string, string>;
  readonly withKeys: boolean;
  readonly nowMs: InstantMs;
}

/** A destroyed key must be gone from every backup by then (docs/privacy.md). */
export const vaultBackupDays = 30;

/** Of the state, what a cell's backup has beside the ledger: what was signed into force, cosigned, and copied. */
const stateFolders = ["legal", "witness", "worm"] as const;
const signingKeys = ["keys/log", "keys/witness.pem"] as const;

/** The last one is the manifest, so that a backup that was cut short has none. */
export async function* backupMembers(plan: BackupPlan): AsyncGenerator<BundleMember, void> {
  const files: BackupFile[] = [];
  const logs: { origin: string; size: number }[] = [];
  for await (const member of plan.kind === "vault" ? vaultMembers(plan) : cellMembers(plan)) {
    files.push({ path: member.name, sha256: hashOf(member.bytes) });
    const log = headOf(member);
    if (log !== null) logs.push(log);
    yield member;
  }
  yield { name: manifestName, bytes: formatManifest(manifestOf(plan, { files, logs })) };
}

/** The log and size that a `checkpoint` file states; nothing for any other file. */
function headOf({ name, bytes }: BundleMember): { readonly origin: string; readonly size: number } | null {
  if (!/^state\/ledger\/log\/[^/]+\/checkpoint$/.test(name)) return null;
  const note = parseNote(bytes);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : null;
  return checkpoint?.ok ? { origin: checkpoint.value.origin, size: checkpoint.value.size } : null;
}

function manifestOf(
  { kind, deployment, cell, withKeys, nowMs }: BackupPlan,
  found: Pick<BackupManifest, "files" | "logs">,
): BackupManifest {
  const expiresAt = kind === "vault" ? new Date(nowMs + vaultBackupDays * dayMs).toISOString() : null;
  const madeAt = new Date(nowMs).toISOString();
  return { v: 1, kind, deployment, cell, madeAt, expiresAt, holdsSigningKeys: withKeys, ...found };
}

async function* cellMembers(plan: BackupPlan): AsyncGenerator<BundleMember, void> {
  const { stateDirectory, configuration, withKeys } = plan;
  for await (const { name, bytes } of snapshotLedger(join(stateDirectory, "ledger"))) {
    yield { name: `state/ledger/${name}`, bytes };
  }
  for (const folder of stateFolders) yield* filesBelow(stateDirectory, folder);
  if (withKeys) for (const path of signingKeys) yield* filesBelow(stateDirectory, path);
  for (const [name, file] of configuration) yield { name, bytes: readFileSync(file) };
}

/** Leaves out the key that wraps them, where that is a file: a thief of the backup alone has nothing. */
function* vaultMembers({ stateDirectory }: BackupPlan): Generator<BundleMember, void> {
  yield* filesBelow(stateDirectory, "vault");
}

/** A file that goes while we look was not there; locks and unfinished files are the process's own. */
function* filesBelow(stateDirectory: string, path: string): Generator<BundleMember, void> {
  const full = join(stateDirectory, path);
  const stat = lstatSync(full, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    for (const name of readdirSync(full).toSorted()) {
      if (name !== "new" && name !== "lock") yield* filesBelow(stateDirectory, `${path}/${name}`);
    }
  } else if (stat?.isFile()) {
    yield { name: `state/${path}`, bytes: readFileSync(full) };
  }
}
