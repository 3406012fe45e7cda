// The vault's edge to the world. Much like the store's, which is a room that this one may not enter; what it adds is
// writing over what is there, and modes that keep everybody else out.
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";

/**
 * Nothing is durable until it was asked for: a file's bytes by its `datasync`, a name by `syncDirectory` of the
 * directory that holds it. Rejects with Node's error (`code`, `syscall`).
 */
export interface VaultDisk {
  /** Creates `path`, which must not exist, for writing. */
  create(path: string, mode: number): Promise<VaultFile>;
  /** Opens what is there for writing over it. */
  overwrite(path: string): Promise<VaultFile>;
  /** Null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** The names in a directory, in no order; none when there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
  /** Rejects with EEXIST when there is one, and with ENOENT when its parent is missing. */
  makeDirectory(path: string): Promise<void>;
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; rejects with EEXIST when `to` exists. */
  link(from: string, to: string): Promise<void>;
  /** Removes a name; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  syncDirectory(directory: string): Promise<void>;
}

export interface VaultFile {
  /** Resolves with how many bytes were written, which may be fewer than were given. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export const nodeVaultDisk: VaultDisk = {
  create: async (path, mode) =>
    vaultFile(await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode)),
  overwrite: async (path) => vaultFile(await open(path, constants.O_WRONLY)),
  read: (path) => absentAs(readFile(path), null),
  list: (directory) => absentAs(readdir(directory), []),
  makeDirectory: (path) => mkdir(path, { mode: 0o700 }),
  rename,
  link,
  remove: (path) => rm(path, { force: true }),
  syncDirectory: async (directory) => {
    const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function vaultFile(handle: FileHandle): VaultFile {
  return {
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function absentAs<Value, Absent>(reading: Promise<Value>, absent: Absent): Promise<Value | Absent> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return absent;
    throw error;
  }
}
