// Directories that are there after a loss of power. Whoever opens it owns its state.
import { dirname } from "node:path";
import type { FileSystem } from "./file-system.ts";

interface DirectoryOptions {
  readonly root: string;
  /** The mode of each directory that is made, before the process's umask. */
  readonly mode: number;
}

export class DurableDirectories {
  readonly #fileSystem: FileSystem;
  readonly #options: DirectoryOptions;
  readonly #made = new Map<string, Promise<void>>();

  constructor(fileSystem: FileSystem, options: DirectoryOptions) {
    this.#fileSystem = fileSystem;
    this.#options = options;
  }

  /** Makes it and its parents, once each; all of them survive a crash when this resolves. */
  make(directory: string): Promise<void> {
    const made = this.#made.get(directory) ?? this.#make(directory);
    this.#made.set(directory, made);
    // What failed once may work the next time.
    made.catch(() => this.#made.delete(directory));
    return made;
  }

  /** Called by whoever removes a directory that may be wanted again. */
  forget(directory: string): void {
    this.#made.delete(directory);
  }

  /**
   * Above the root a parent may be missing, and is made once: if it is missing still, somebody takes it away as we look. Below
   * it we have made every parent, so one that is missing has vanished with all that was in it, and is not made anew in silence.
   */
  async #make(directory: string): Promise<void> {
    const parent = dirname(directory);
    const isBelowRoot = directory.startsWith(`${this.#options.root}/`);
    if (isBelowRoot) await this.make(parent);
    try {
      await this.#makeOne(directory);
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!isMissing || isBelowRoot || parent === directory) throw error;
      this.forget(parent);
      await this.make(parent);
      await this.#makeOne(directory);
    }
  }

  async #makeOne(directory: string): Promise<void> {
    try {
      await this.#fileSystem.makeDirectory(directory, this.#options.mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    // The parent is synced even if the directory existed: whoever made it may have crashed before this.
    await this.#fileSystem.syncDirectory(dirname(directory));
  }
}
