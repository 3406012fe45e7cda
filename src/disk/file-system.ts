// The edge to the disk: the few calls on which durability rests, so that a test can be the disk.
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { absentAs } from "./absent.ts";
import { withDescriptor } from "./descriptor-shortage.ts";

/**
 * Nothing is durable until it was asked for: a file's bytes by its `datasync`, a name by `syncDirectory` of the
 * directory that holds it. Rejects with Node's error (`code`, `syscall`), and says nothing about what was kept then.
 */
export interface FileSystem {
  /** Creates `path`, which must not exist, for writing. */
  create(path: string, mode: number): Promise<WritableFile>;
  /** Opens what is there for writing over it. */
  overwrite(path: string): Promise<WritableFile>;
  /** Null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** The names in a directory, in no order; none when there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
  /** Rejects with EEXIST when there is one, and with ENOENT when its parent is missing. `mode` is before the umask. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; rejects with EEXIST when `to` exists. */
  link(from: string, to: string): Promise<void>;
  /** Removes a file's name; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  /** Removes a name and, of a directory, all that is below it; nothing happens when there is none. */
  removeTree(path: string): Promise<void>;
  syncDirectory(directory: string): Promise<void>;
}

export interface WritableFile {
  /** The system's number of the open file, for {@link writeDurably}; null on a disk that is not the system's. */
  readonly descriptor: number | null;
  /** Resolves with how many bytes were written, which may be fewer than were given. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** fdatasync(2): the bytes so far, and the length needed to find them again. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export const nodeFileSystem: FileSystem = {
  create: async (path, mode) =>
    writableFile(
      await withDescriptor(() => open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode)),
    ),
  overwrite: async (path) => writableFile(await withDescriptor(() => open(path, constants.O_WRONLY))),
  read: (path) =>
    absentAs(
      withDescriptor(() => readFile(path)),
      null,
    ),
  list: (directory) =>
    absentAs(
      withDescriptor(() => readdir(directory)),
      [],
    ),
  makeDirectory: (path, mode) => mkdir(path, { mode }),
  rename,
  link,
  remove: (path) => rm(path, { force: true }),
  // What it removed before it could open a directory stays removed, and is not missed.
  removeTree: (path) => withDescriptor(() => rm(path, { recursive: true, force: true })),
  syncDirectory: async (directory) => {
    const handle = await withDescriptor(() => open(directory, constants.O_RDONLY | constants.O_DIRECTORY));
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function writableFile(handle: FileHandle): WritableFile {
  return {
    // Asked for each time: of a file that was closed it is none, and no other file's.
    get descriptor() {
      return handle.fd;
    },
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}
