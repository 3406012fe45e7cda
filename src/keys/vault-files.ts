// Small private files that are either there and complete or not there at all, and that can be destroyed.
import { dirname, join } from "node:path";
import { decodeUtf8, encodeUtf8, toHex } from "../base/index.ts";
import { randomBytes } from "./digest.ts";
import type { VaultDisk, VaultFile } from "./vault-disk.ts";

const fileMode = 0o600;

export class VaultFiles {
  readonly #disk: VaultDisk;
  readonly #root: string;
  readonly #newDirectory: string;
  readonly #directories = new Map<string, Promise<void>>();

  private constructor(disk: VaultDisk, root: string) {
    this.#disk = disk;
    this.#root = root;
    this.#newDirectory = join(root, "new");
  }

  /** What a crash left among the new files had no reader; it may be a second name of a file that has, so it is only removed. */
  static async open(disk: VaultDisk, root: string): Promise<VaultFiles> {
    const files = new VaultFiles(disk, root);
    await files.#makeDirectory(files.#newDirectory);
    for (const name of await disk.list(files.#newDirectory)) {
      await disk.remove(join(files.#newDirectory, name));
    }
    return files;
  }

  /** Null when there is no such file. What is no UTF-8 is read as text that nothing accepts. */
  async read(...path: readonly string[]): Promise<string | null> {
    const bytes = await this.#disk.read(this.path(...path));
    return bytes && (decodeUtf8(bytes) ?? "\ufffd");
  }

  async list(...directory: readonly string[]): Promise<readonly string[]> {
    return (await this.#disk.list(this.path(...directory))).toSorted();
  }

  /** Durable when this resolves. False, and nothing is changed, when there is a file of that name. */
  async create(path: readonly string[], text: string): Promise<boolean> {
    const to = this.path(...path);
    const staged = await this.#stage(to, text);
    try {
      await this.#disk.link(staged, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    } finally {
      await this.#disk.remove(staged);
    }
    await this.#disk.syncDirectory(dirname(to));
    return true;
  }

  /** A reader sees the old text or the new one, also after a crash; the new one for good when this resolves. */
  async replace(path: readonly string[], text: string): Promise<void> {
    const to = this.path(...path);
    await this.#disk.rename(await this.#stage(to, text), to);
    await this.#disk.syncDirectory(dirname(to));
  }

  /** Gone under the old name and there under the new one, or the other way round; for good when this resolves. */
  async move(from: readonly string[], to: readonly string[]): Promise<void> {
    const [source, target] = [this.path(...from), this.path(...to)];
    await this.#makeDirectory(dirname(target));
    await this.#disk.rename(source, target);
    // The new name first: if only one of them survives a crash, the file does.
    await this.#disk.syncDirectory(dirname(target));
    await this.#disk.syncDirectory(dirname(source));
  }

  async remove(...path: readonly string[]): Promise<void> {
    await this.#disk.remove(this.path(...path));
    await this.#disk.syncDirectory(dirname(this.path(...path)));
  }

  /**
   * Writes over the bytes before the name goes. On disks that write elsewhere each time (SSDs, copy-on-write) the old
   * bytes may outlive this; what they are is a key that is wrapped (docs/keys.md).
   */
  async destroy(...path: readonly string[]): Promise<void> {
    const bytes = await this.#disk.read(this.path(...path));
    if (bytes === null) return;
    const file = await this.#disk.overwrite(this.path(...path));
    await writeAndClose(file, randomBytes(bytes.length));
    await this.remove(...path);
  }

  path(...names: readonly string[]): string {
    return join(this.#root, ...names);
  }

  /** A file without a name of its own yet, its bytes on disk; the directory of `to` is there when this resolves. */
  async #stage(to: string, text: string): Promise<string> {
    await this.#makeDirectory(dirname(to));
    const path = join(this.#newDirectory, toHex(randomBytes(16)));
    await writeAndClose(await this.#disk.create(path, fileMode), encodeUtf8(text));
    return path;
  }

  /** Makes it and its parents, once each; they survive a crash when this resolves. */
  #makeDirectory(directory: string): Promise<void> {
    const made = this.#directories.get(directory) ?? this.#makeDirectories(directory);
    this.#directories.set(directory, made);
    // What failed once may work the next time.
    made.catch(() => this.#directories.delete(directory));
    return made;
  }

  async #makeDirectories(directory: string): Promise<void> {
    if (directory.startsWith(`${this.#root}/`)) await this.#makeDirectory(dirname(directory));
    try {
      await this.#disk.makeDirectory(directory);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") {
        await this.#makeDirectory(dirname(directory));
        return this.#makeDirectories(directory);
      }
      if (code !== "EEXIST") throw error;
    }
    // Also when it existed: whoever made it may have crashed before this.
    await this.#disk.syncDirectory(dirname(directory));
  }
}

async function writeAndClose(file: VaultFile, bytes: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < bytes.length;) {
      const count = await file.write(bytes.subarray(written), written);
      if (count === 0) throw new Error("write(2) took no byte and gave no error");
      written += count;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
