// Whole files that are either there and complete or not there at all. Whoever opens it owns its state.
import { fdatasyncSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { DurableDirectories } from "./durable-directories.ts";
import type { FileSystem, WritableFile } from "./file-system.ts";

/** A published file exists with other bytes. Somebody rewrote history, or two writers share the log. */
export class ImmutableFileError extends Error {
  constructor(path: string) {
    super(`\`${path}\` exists with other bytes and is never overwritten: verify the log before writing on`);
    this.name = "ImmutableFileError";
  }
}

/**
 * Files come to life in a directory of their own and get their real name when their bytes are on disk. Names are
 * durable only after `syncDirectory` of their directory, which is left to the caller because one call serves many.
 */
export class DurableFiles {
  readonly #fileSystem: FileSystem;
  readonly #newDirectory: string;
  readonly #directories: DurableDirectories;
  #created = 0;

  private constructor(fileSystem: FileSystem, root: string, newDirectory: string) {
    this.#fileSystem = fileSystem;
    // To be read by whoever may pass the directories above; to be written by nobody else.
    this.#directories = new DurableDirectories(fileSystem, { root, mode: 0o755 });
    this.#newDirectory = newDirectory;
  }

  /** `newDirectory` is below `root`, on one file system with all files; what a crash left in it had no reader. */
  static async open(fileSystem: FileSystem, root: string, newDirectory: string): Promise<DurableFiles> {
    const files = new DurableFiles(fileSystem, root, newDirectory);
    await files.makeDirectory(newDirectory);
    for (const name of await fileSystem.list(newDirectory))
      await fileSystem.removeTree(join(newDirectory, name));
    return files;
  }

  /** Makes the directory and its parents; all of them survive a crash when this resolves. */
  makeDirectory(directory: string): Promise<void> {
    return this.#directories.make(directory);
  }

  /** Writes a file that never changes again (mode 0444). Writing the same bytes twice is nothing. */
  async writeOnce(path: string, bytes: Uint8Array): Promise<void> {
    const written = await this.#writeNew(0o444, bytes);
    try {
      await this.#fileSystem.link(written, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const present = await this.#fileSystem.read(path);
      if (present === null || Buffer.compare(present, bytes) !== 0) throw new ImmutableFileError(path);
    }
    await this.#fileSystem.remove(written);
  }

  /** A reader sees the old bytes or the new ones, also after a crash; the new ones for good when this resolves. */
  async replace(path: string, bytes: Uint8Array): Promise<void> {
    const written = await this.#writeNew(0o644, bytes);
    await this.#fileSystem.rename(written, path);
    await this.#fileSystem.syncDirectory(dirname(path));
  }

  /**
   * A file of `length` bytes, all on disk: `prefix`, then zeros. Synced piece by piece, so that the syncs of others do
   * not wait behind one long one. Returns it open and with its present name.
   */
  async createFilled(prefix: Uint8Array, length: number): Promise<{ path: string; file: WritableFile }> {
    const path = this.#nextPath();
    const file = await this.#fileSystem.create(path, 0o600);
    try {
      await fill(file, prefix, length);
    } catch (error) {
      // The error that counts is the first.
      await file.close().catch(() => {});
      throw error;
    }
    return { path, file };
  }

  async #writeNew(mode: number, bytes: Uint8Array): Promise<string> {
    const path = this.#nextPath();
    await writeAndClose(await this.#fileSystem.create(path, mode), bytes);
    return path;
  }

  #nextPath(): string {
    return join(this.#newDirectory, String(this.#created++));
  }
}

const fillBytes = 1 << 20;

async function fill(file: WritableFile, prefix: Uint8Array, length: number): Promise<void> {
  await writeAll(file, prefix, 0);
  await file.datasync();
  const zeros = new Uint8Array(Math.min(length, fillBytes));
  for (let position = prefix.length; position < length; position += zeros.length) {
    await writeAll(file, zeros.subarray(0, length - position), position);
    await file.datasync();
  }
}

/** The bytes are on disk when this resolves. */
export async function writeAndClose(file: WritableFile, bytes: Uint8Array): Promise<void> {
  try {
    await writeAll(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** A short write is not an error: the rest follows. An error is never retried (docs/decisions/0014). */
export async function writeAll(file: WritableFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const count = await file.write(bytes.subarray(written), position + written);
    if (count === 0) throw tookNothing();
    written += count;
  }
}

function tookNothing(): Error {
  return new Error("write(2) took no byte and gave no error");
}

/**
 * All of it is on disk when this resolves. Waits on the calling thread, so it is for one that has nothing else to do
 * meanwhile: to have the thread pool wait costs three times the processor time of a small write, and half a turn more.
 */
export async function writeDurably(file: WritableFile, bytes: Uint8Array, position: number): Promise<void> {
  const { descriptor } = file;
  if (descriptor === null) {
    await writeAll(file, bytes, position);
    return file.datasync();
  }
  for (let written = 0; written < bytes.length;) {
    const count = writeSync(descriptor, bytes, written, bytes.length - written, position + written);
    if (count === 0) throw tookNothing();
    written += count;
  }
  fdatasyncSync(descriptor);
}
