// Whole files that are either there and complete or not there at all.
import { dirname, join } from "node:path";
import { equalBytes } from "../base/index.ts";
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
  readonly #root: string;
  readonly #newDirectory: string;
  readonly #directories = new Set<string>();
  #created = 0;

  private constructor(fileSystem: FileSystem, root: string, newDirectory: string) {
    this.#fileSystem = fileSystem;
    this.#root = root;
    this.#newDirectory = newDirectory;
  }

  /** `newDirectory` is below `root`, on one file system with all files; what a crash left in it had no reader. */
  static async open(fileSystem: FileSystem, root: string, newDirectory: string): Promise<DurableFiles> {
    const files = new DurableFiles(fileSystem, root, newDirectory);
    await files.makeDirectory(newDirectory);
    for (const name of await fileSystem.list(newDirectory)) await fileSystem.remove(join(newDirectory, name));
    return files;
  }

  /** Makes the directory and its parents; all of them survive a crash when this resolves. */
  async makeDirectory(directory: string): Promise<void> {
    if (this.#directories.has(directory)) return;
    const isOurs = directory === this.#root || directory.startsWith(`${this.#root}/`);
    if (isOurs && directory !== this.#root) await this.makeDirectory(dirname(directory));
    const isNew = await this.#makeOne(directory);
    // Below the root also when it existed: whoever made it may have crashed before this.
    if (isNew || isOurs) await this.#fileSystem.syncDirectory(dirname(directory));
    this.#directories.add(directory);
  }

  /** Writes a file that never changes again (mode 0444). Writing the same bytes twice is nothing. */
  async writeOnce(path: string, bytes: Uint8Array): Promise<void> {
    const written = await this.#writeNew(0o444, bytes);
    try {
      await this.#fileSystem.link(written, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const present = await this.#fileSystem.read(path);
      if (present === null || !equalBytes(present, bytes)) throw new ImmutableFileError(path);
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
    const file = await this.#fileSystem.create(path, mode);
    try {
      await writeAll(file, bytes, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    return path;
  }

  #nextPath(): string {
    return join(this.#newDirectory, String(this.#created++));
  }

  async #makeOne(directory: string): Promise<boolean> {
    try {
      await this.#fileSystem.makeDirectory(directory);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return false;
      if (code !== "ENOENT") throw error;
      await this.makeDirectory(dirname(directory));
      return this.#makeOne(directory);
    }
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

/** A short write is not an error: the rest follows. An error is never retried (docs/decisions/0014). */
export async function writeAll(file: WritableFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const count = await file.write(bytes.subarray(written), position + written);
    if (count === 0) throw new Error("write(2) took no byte and gave no error");
    written += count;
  }
}
