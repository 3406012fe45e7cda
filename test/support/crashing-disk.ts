// A real directory under a process that ends at a chosen call: what was written stays, and nothing more is heard.
import { type FileSystem, nodeFileSystem, type WritableFile } from "../../src/disk/file-system.ts";

/** `kind`: whether the call that ends the process took effect. */
export interface Crash {
  /** Counted from 1. */
  readonly call: number;
  readonly kind: "before" | "after";
}

export class CrashingDisk implements FileSystem {
  readonly #crash: Crash | null;
  readonly #crashed: PromiseWithResolvers<"crashed"> = Promise.withResolvers();
  readonly #open = new Set<WritableFile>();
  #calls = 0;
  #isDown = false;

  constructor(crash: Crash | null = null) {
    this.#crash = crash;
  }

  get callCount(): number {
    return this.#calls;
  }

  /** What the work came to, or that the process ended in it. */
  async run<Value>(work: () => Promise<Value>): Promise<Value | "crashed"> {
    return Promise.race([work(), this.#crashed.promise]);
  }

  create(path: string, mode: number): Promise<WritableFile> {
    return this.#call(async () => this.#file(await nodeFileSystem.create(path, mode)));
  }

  overwrite(path: string): Promise<WritableFile> {
    return this.#call(async () => this.#file(await nodeFileSystem.overwrite(path)));
  }

  read(path: string): Promise<Uint8Array | null> {
    return nodeFileSystem.read(path);
  }

  list(directory: string): Promise<readonly string[]> {
    return nodeFileSystem.list(directory);
  }

  makeDirectory(path: string, mode: number): Promise<void> {
    return this.#call(() => nodeFileSystem.makeDirectory(path, mode));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => nodeFileSystem.rename(from, to));
  }

  link(from: string, to: string): Promise<void> {
    return this.#call(() => nodeFileSystem.link(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#call(() => nodeFileSystem.remove(path));
  }

  removeTree(path: string): Promise<void> {
    return this.#call(() => nodeFileSystem.removeTree(path));
  }

  syncDirectory(directory: string): Promise<void> {
    return this.#call(() => nodeFileSystem.syncDirectory(directory));
  }

  #file(file: WritableFile): WritableFile {
    this.#open.add(file);
    return {
      descriptor: null,
      write: (bytes, position) => this.#call(() => file.write(bytes, position)),
      datasync: () => this.#call(() => file.datasync()),
      close: async () => {
        if (this.#open.delete(file)) await file.close();
      },
    };
  }

  async #call<Value>(act: () => Promise<Value>): Promise<Value> {
    if (this.#isDown) return hang();
    this.#calls++;
    if (this.#calls !== this.#crash?.call) return act();
    this.#isDown = true;
    // Whether it succeeded, nobody will hear.
    if (this.#crash.kind === "after") await act().catch(() => {});
    // The system closes what a process had open.
    for (const file of this.#open) await file.close();
    this.#open.clear();
    this.#crashed.resolve("crashed");
    return hang();
  }
}

function hang<Value>(): Promise<Value> {
  return new Promise(() => {});
}
