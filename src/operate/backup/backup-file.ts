// A backup as it lies somewhere: a tar archive, or a folder. Whoever opens it owns its state.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectories } from "../../disk/index.ts";
import { type BundleMember, openTar, writeTar } from "../../store/index.ts";
import {
  type BackupManifest,
  hashOf,
  manifestName,
  parseManifest,
  UnusableBackupError,
} from "./backup-manifest.ts";

export interface Backup {
  readonly manifest: BackupManifest;
  /** Rejects when the file is not what the manifest says. */
  read(path: string): Uint8Array;
  close(): void;
}

const privateMode = 0o600;

/** Writes to a `.tar` that does not exist, or to a folder that is empty or made. Resolves with the number of files. */
export async function writeBackup(out: string, members: AsyncIterable<BundleMember>): Promise<number> {
  if (out.endsWith(".tar")) return writeTar(out, members, privateMode);
  requireEmpty(out);
  const made = makeDirectories(out, 0o700);
  try {
    return await writeFolder(out, members);
  } catch (error) {
    // Half a backup is worse than none: somebody may count on it.
    if (made !== null) rmSync(made, { recursive: true, force: true });
    throw error;
  }
}

async function writeFolder(folder: string, members: AsyncIterable<BundleMember>): Promise<number> {
  let count = 0;
  for await (const { name, bytes } of members) {
    writePrivate(join(folder, name), bytes);
    count++;
  }
  return count;
}

/** Throws for what is no backup, and for one with files that its manifest does not name. */
export async function openBackup(place: string): Promise<Backup> {
  if (!statSync(place).isDirectory()) return backupOf(await openTar(place));
  const names = readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(place, "/").length));
  return backupOf({ names, read: (name) => readFileSync(join(place, name)), close: () => {} });
}

interface Files {
  readonly names: readonly string[];
  read(name: string): Uint8Array | null;
  close(): void;
}

function backupOf(files: Files): Backup {
  const { names } = files;
  const manifest = parseManifest(names.includes(manifestName) ? files.read(manifestName) : null);
  const hashes = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const unknown = names.find((name) => name !== manifestName && !hashes.has(name));
  if (unknown !== undefined)
    throw new UnusableBackupError(`it holds \`${unknown}\`, of which its manifest says nothing`);
  return {
    manifest,
    close: () => files.close(),
    read: (path) => {
      const bytes = names.includes(path) ? files.read(path) : null;
      if (bytes !== null && hashOf(bytes) === hashes.get(path)) return bytes;
      throw new UnusableBackupError(
        `its file \`${path}\` is ${bytes === null ? "missing" : "not what it was"}`,
      );
    },
  };
}

/** Nothing of another state may be mixed with what comes now. */
export function requireEmpty(directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new UnusableBackupError(
      `folder \`${directory}\` is not empty; name one that is, or that does not exist`,
    );
  }
}

/** The file is on disk when this returns: what a backup is made for may happen in the next moment. */
export function writePrivate(file: string, bytes: Uint8Array): void {
  makeDirectories(dirname(file), 0o700);
  writeFileSync(file, bytes, { flag: "wx", mode: privateMode, flush: true });
}
