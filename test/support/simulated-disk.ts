// A disk that forgets what it was not told to keep, and fails when a test says so. It grants less than file systems
// do: after a loss of power every name and every sector that was not synced is, each for itself, old or new.
import { basename, dirname } from "node:path";
import type { FileSystem, WritableFile } from "../../src/disk/file-system.ts";

const sectorBytes = 512;

export interface Fault {
  /** Which call it hits, counted from 1. */
  readonly call: number;
  readonly kind: FaultKind;
}

/**
 * `crash-…`: the process ends before or after the call took effect, and hears nothing more. `error-…`: the call says
 * EIO though it did nothing, or all. `full`: from here on nothing can be written any more. `short`: a write takes a part.
 */
export const faultKinds = [
  "crash-before",
  "crash-after",
  "error-before",
  "error-after",
  "full",
  "short",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Below 1, like Math.random; seeded by the test. */
export type Random = () => number;

class StoredFile {
  /** What a reader sees: the page cache. */
  bytes: Buffer;
  /** What is on the platter. */
  kept: Buffer;
  /** Sectors that the next sync will write. */
  readonly dirty = new Set<number>();

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.kept = Buffer.from(bytes);
  }
}

class Directory {
  readonly names = new Map<string, Stored>();
  /** What each name was since the last sync, in order, the synced one first; undefined where it was not there. */
  readonly past = new Map<string, (Stored | undefined)[]>();

  set(name: string, stored: Stored | undefined): void {
    this.past.set(name, [...(this.past.get(name) ?? [this.names.get(name)]), stored]);
    if (stored === undefined) this.names.delete(name);
    else this.names.set(name, stored);
  }
}

type Stored = StoredFile | Directory;

export class SimulatedDisk implements FileSystem {
  readonly #root: Directory;
  readonly #fault: Fault | null;
  #calls = 0;
  #isFull = false;
  #isDown = false;
  readonly #crash: PromiseWithResolvers<"crashed"> = Promise.withResolvers();

  constructor(fault: Fault | null = null, root: Directory = new Directory()) {
    this.#fault = fault;
    this.#root = root;
  }

  /** Resolves when a fault ends the process. */
  get crashed(): Promise<"crashed"> {
    return this.#crash.promise;
  }

  get callCount(): number {
    return this.#calls;
  }

  /** The same machine with a new process: what was written can be read, synced or not. */
  restarted(fault: Fault | null = null): SimulatedDisk {
    this.#isDown = true;
    return new SimulatedDisk(fault, this.#root);
  }

  /** The machine after its power came back. */
  afterPowerLoss(random: Random, fault: Fault | null = null): SimulatedDisk {
    this.#isDown = true;
    return new SimulatedDisk(fault, keptDirectory(this.#root, { random, copies: new Map() }));
  }

  create(path: string, _mode: number): Promise<WritableFile> {
    return this.#call("open", true, () => {
      const directory = this.#directory(dirname(path));
      if (directory.names.has(basename(path))) throw systemError("EEXIST", "open");
      const file = new StoredFile(Buffer.alloc(0));
      directory.set(basename(path), file);
      return this.#writable(file);
    });
  }

  overwrite(path: string): Promise<WritableFile> {
    return this.#call("open", false, () => {
      const file = this.#existing(path);
      if (!(file instanceof StoredFile)) throw systemError("EISDIR", "open");
      return this.#writable(file);
    });
  }

  /** Reading is no storage call: nothing is at stake. It ends with the process all the same. */
  read(path: string): Promise<Uint8Array | null> {
    if (this.#isDown) return hang();
    const stored = this.#find(path);
    return Promise.resolve(stored instanceof StoredFile ? Uint8Array.from(stored.bytes) : null);
  }

  list(path: string): Promise<readonly string[]> {
    if (this.#isDown) return hang();
    const stored = this.#find(path);
    return Promise.resolve(stored instanceof Directory ? [...stored.names.keys()] : []);
  }

  makeDirectory(path: string, _mode: number): Promise<void> {
    return this.#call("mkdir", true, () => {
      const parent = this.#directory(dirname(path));
      if (parent.names.has(basename(path))) throw systemError("EEXIST", "mkdir");
      parent.set(basename(path), new Directory());
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call("rename", false, () => {
      this.#directory(dirname(to)).set(basename(to), this.#existing(from));
      this.#directory(dirname(from)).set(basename(from), undefined);
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.#call("link", false, () => {
      const directory = this.#directory(dirname(to));
      if (directory.names.has(basename(to))) throw systemError("EEXIST", "link");
      directory.set(basename(to), this.#existing(from));
    });
  }

  remove(path: string): Promise<void> {
    return this.#call("unlink", false, () => {
      if (this.#find(path) instanceof Directory) throw systemError("EISDIR", "unlink");
      this.#forget(path);
    });
  }

  removeTree(path: string): Promise<void> {
    return this.#call("unlink", false, () => this.#forget(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#call("fsync", false, () => this.#directory(path).past.clear());
  }

  #writable(file: StoredFile): WritableFile {
    return {
      descriptor: null,
      write: (bytes, position) =>
        this.#call("write", true, (isShort) => {
          const count = isShort ? Math.max(1, bytes.length >> 1) : bytes.length;
          writeSectors(file, bytes.subarray(0, count), position);
          return count;
        }),
      datasync: () =>
        this.#call(
          "fdatasync",
          false,
          () => {
            keepDirty(file);
          },
          // Linux calls the pages clean that it could not write, and the next fdatasync finds nothing to do.
          () => file.dirty.clear(),
        ),
      close: () => Promise.resolve(),
    };
  }

  async #call<Value>(
    syscall: string,
    needsRoom: boolean,
    act: (isShort: boolean) => Value,
    onError: () => void = () => {},
  ): Promise<Value> {
    if (this.#isDown) return hang();
    this.#calls++;
    await Promise.resolve();
    const kind = this.#calls === this.#fault?.call ? this.#fault.kind : null;
    if (kind === "full") this.#isFull = true;
    if (needsRoom && this.#isFull) throw systemError("ENOSPC", syscall);
    if (kind === "crash-before" || kind === "crash-after") {
      if (kind === "crash-after") act(false);
      this.#isDown = true;
      this.#crash.resolve("crashed");
      return hang();
    }
    if (kind === "error-after") act(false);
    if (kind === "error-before") onError();
    if (kind === "error-before" || kind === "error-after") throw systemError("EIO", syscall);
    return act(kind === "short");
  }

  #find(path: string): Stored | undefined {
    let found: Stored | undefined = this.#root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      found = found instanceof Directory ? found.names.get(name) : undefined;
    }
    return found;
  }

  #forget(path: string): void {
    const directory = this.#find(dirname(path));
    if (directory instanceof Directory && directory.names.has(basename(path)))
      directory.set(basename(path), undefined);
  }

  #directory(path: string): Directory {
    const found = this.#find(path);
    if (!(found instanceof Directory)) throw systemError("ENOENT", "open");
    return found;
  }

  #existing(path: string): Stored {
    const found = this.#find(path);
    if (found === undefined) throw systemError("ENOENT", "open");
    return found;
  }
}

function writeSectors(file: StoredFile, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  if (end > file.bytes.length) {
    file.bytes = Buffer.concat([file.bytes, Buffer.alloc(end - file.bytes.length)]);
  }
  file.bytes.set(bytes, position);
  for (let at = position - (position % sectorBytes); at < end; at += sectorBytes) file.dirty.add(at);
}

/** Only what is dirty is written: a page that a failed sync left behind stays behind, though it can still be read. */
function keepDirty(file: StoredFile): void {
  const kept = Buffer.alloc(file.bytes.length);
  file.kept.copy(kept);
  for (const at of file.dirty) file.bytes.copy(kept, at, at, Math.min(at + sectorBytes, file.bytes.length));
  file.kept = kept;
  file.dirty.clear();
}

interface Loss {
  readonly random: Random;
  /** A file with two names is still one file. */
  readonly copies: Map<StoredFile, StoredFile>;
}

function keptDirectory(directory: Directory, loss: Loss): Directory {
  const kept = new Directory();
  for (const name of new Set([...directory.names.keys(), ...directory.past.keys()])) {
    const versions = directory.past.get(name) ?? [directory.names.get(name)];
    const version = versions[Math.floor(loss.random() * versions.length)];
    if (version instanceof Directory) kept.names.set(name, keptDirectory(version, loss));
    else if (version !== undefined) kept.names.set(name, keptFile(version, loss));
  }
  return kept;
}

function keptFile(file: StoredFile, { random, copies }: Loss): StoredFile {
  const copied = copies.get(file);
  if (copied) return copied;
  const length = random() < 0.5 ? file.bytes.length : file.kept.length;
  const bytes = Buffer.alloc(length);
  file.kept.copy(bytes);
  for (const at of file.dirty) {
    if (random() < 0.5) file.bytes.copy(bytes, at, at, Math.min(at + sectorBytes, length));
  }
  const kept = new StoredFile(bytes);
  copies.set(file, kept);
  return kept;
}

function systemError(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}, ${syscall}`), { code, syscall });
}

/** A process that is gone never hears of its calls. */
function hang<Value>(): Promise<Value> {
  return new Promise(() => {});
}
