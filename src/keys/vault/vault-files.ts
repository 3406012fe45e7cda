// Small private files that are either there and complete or not there at all, and that can be destroyed.
// The control thread owns its state.
import { dirname, join } from "node:path";
import { decodeUtf8, encodeUtf8, toHex } from "../../base/index.ts";
import { DurableDirectories, type FileSystem, writeAndClose } from "../../disk/index.ts";
import { randomBytes } from "../digest.ts";

const fileMode = 0o600;
const directoryMode = 0o700;

export class VaultFiles {
  readonly #fileSystem: FileSystem;
  readonly #root: string;
  readonly #newDirectory: string;
  readonly #directories: DurableDirectories;

  private constructor(fileSystem: FileSystem, root: string) {
    this.#fileSystem = fileSystem;
    this.#root = root;
    this.#newDirectory = join(root, "new");
    this.#directories = new DurableDirectories(fileSystem, { root, mode: directoryMode });
  }

  /** What a crash left among the new files had no reader; it may be a second name of a file that has, so it is only removed. */
  static async open(fileSystem: FileSystem, root: string): Promise<VaultFiles> {
    const files = new VaultFiles(fileSystem, root);
    await files.#directories.make(files.#newDirectory);
    for (const name of await fileSystem.list(files.#newDirectory)) {
      await fileSystem.remove(join(files.#newDirectory, name));
    }
    return files;
  }

  /** Null when there is no such file. What is no UTF-8 is read as text that nothing accepts. */
  async read(...path: readonly string[]): Promise<string | null> {
    const bytes = await this.#fileSystem.read(this.path(...path));
    return bytes && (decodeUtf8(bytes) ?? "\ufffd");
  }

  async list(...directory: readonly string[]): Promise<readonly string[]> {
    return (await this.#fileSystem.list(this.path(...directory))).toSorted();
  }

  /** Durable when this resolves. False, and nothing is changed, when there is a file of that name. */
  async create(path: readonly string[], text: string): Promise<boolean> {
    const to = this.path(...path);
    const staged = await this.#stage(to, text);
    try {
      await this.#fileSystem.link(staged, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    } finally {
      await this.#fileSystem.remove(staged);
    }
    await this.#fileSystem.syncDirectory(dirname(to));
    return true;
  }

  /** A reader sees the old text or the new one, also after a crash; the new one for good when this resolves. */
  async replace(path: readonly string[], text: string): Promise<void> {
    const to = this.path(...path);
    await this.#fileSystem.rename(await this.#stage(to, text), to);
    await this.#fileSystem.syncDirectory(dirname(to));
  }

  /** Gone under the old name and there under the new one, or the other way round; for good when this resolves. */
  async move(from: readonly string[], to: readonly string[]): Promise<void> {
    const [source, target] = [this.path(...from), this.path(...to)];
    await this.#directories.make(dirname(target));
    await this.#fileSystem.rename(source, target);
    // The new name first: if only one of them survives a crash, the file does.
    await this.#fileSystem.syncDirectory(dirname(target));
    await this.#fileSystem.syncDirectory(dirname(source));
  }

  async remove(...path: readonly string[]): Promise<void> {
    await this.#fileSystem.remove(this.path(...path));
    await this.#fileSystem.syncDirectory(dirname(this.path(...path)));
  }

  /**
   * Writes over the bytes before the name goes. On disks that write elsewhere each time (SSDs, copy-on-write) the old
   * bytes may outlive this; what they are is a key that is wrapped (docs/keys.md).
   */
  async destroy(...path: readonly string[]): Promise<void> {
    const bytes = await this.#fileSystem.read(this.path(...path));
    if (bytes === null) return;
    const file = await this.#fileSystem.overwrite(this.path(...path));
    await writeAndClose(file, randomBytes(bytes.length));
    await this.remove(...path);
  }

  path(...names: readonly string[]): string {
    return join(this.#root, ...names);
  }

  /** A file without a name of its own yet, its bytes on disk; the directory of `to` is there when this resolves. */
  async #stage(to: string, text: string): Promise<string> {
    await this.#directories.make(dirname(to));
    const path = join(this.#newDirectory, toHex(randomBytes(16)));
    await writeAndClose(await this.#fileSystem.create(path, fileMode), encodeUtf8(text));
    return path;
  }
}
