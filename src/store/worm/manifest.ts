// Which version of each object is ours: a row of files that are written on and synced while objects are stored, each of
// which becomes an object itself when an anchor ends it (docs/worm.md, "The manifest").
// The copies thread owns its state.
import { join } from "node:path";
import { decodeUtf8, encodeUtf8, fromBase64, type InstantMs, toBase64 } from "../../base/index.ts";
import { type DurableFiles, type FileSystem, type WritableFile, writeAll } from "../../disk/index.ts";
import type { TreeHead } from "../log/growing-log.ts";

/** One object of the storage: a path below the log's prefix, and its version that holds our bytes. */
export interface PinnedObject {
  readonly path: string;
  readonly version: string;
  /** Hex. */
  readonly sha256: string;
}

/** What ends a manifest: everything of the log up to this size is stored. */
export interface Anchor extends TreeHead {
  readonly atMs: InstantMs;
  /** Nothing follows: the log is closed. */
  readonly isLast: boolean;
}

export interface ManifestHead {
  readonly origin: string;
  /** Objects are locked until then, at least. */
  readonly untilMs: InstantMs;
  /** The manifest before. It is named so that nobody can take one out of the row; null for the first. */
  readonly previous: PinnedObject | null;
}

export interface Manifest extends ManifestHead {
  readonly objects: readonly PinnedObject[];
  /** Null while objects are still being stored. */
  readonly anchor: Anchor | null;
}

const firstLine = "bailiwick worm v1";

export function formatHead({ origin, untilMs, previous }: ManifestHead): string {
  const until = new Date(untilMs).toISOString();
  return `${firstLine}\n${origin}\n${until}\n${previous === null ? "-\n" : formatObject(previous)}`;
}

export function formatObject({ path, version, sha256 }: PinnedObject): string {
  return `${path} ${version} ${sha256}\n`;
}

export function formatAnchor({ size, root, atMs, isLast }: Anchor): string {
  return `${isLast ? "last" : "anchor"} ${size} ${toBase64(root)} ${new Date(atMs).toISOString()}\n`;
}

/** Null for what is no manifest. A last line without its end was cut short by a crash and does not count. */
export function parseManifest(bytes: Uint8Array): Manifest | null {
  const [first, origin = "", until = "", previous = "", ...lines] = (decodeUtf8(bytes) ?? "").split("\n");
  const untilMs = Date.parse(until);
  if (first !== firstLine || lines.length === 0 || Number.isNaN(untilMs)) return null;
  lines.pop();
  const anchor = parseAnchor(lines.at(-1) ?? "");
  const objects = (anchor === null ? lines : lines.slice(0, -1)).map(parseObject);
  if (!objects.every((object) => object !== null)) return null;
  return { origin, untilMs, previous: parseObject(previous), objects, anchor };
}

function parseObject(line: string): PinnedObject | null {
  const [path, version, sha256, ...rest] = line.split(" ");
  if (path === undefined || version === undefined || rest.length > 0) return null;
  return /^[0-9a-f]{64}$/.test(sha256 ?? "") ? { path, version, sha256: sha256 ?? "" } : null;
}

function parseAnchor(line: string): Anchor | null {
  const [, kind, size, hash = "", at = ""] = /^(anchor|last) (\d+) (\S+) (\S+)$/.exec(line) ?? [];
  const root = fromBase64(hash);
  const atMs = Date.parse(at);
  if (kind === undefined || root?.length !== 32 || Number.isNaN(atMs)) return null;
  return { size: Number(size), root, atMs, isLast: kind === "last" };
}

/** Digits enough for an anchor every second of a month. */
export function manifestName(number: number): string {
  return String(number).padStart(8, "0");
}

export interface ManifestPlace {
  readonly fileSystem: FileSystem;
  readonly files: DurableFiles;
  /** Where the manifests of one log lie. */
  readonly directory: string;
}

/** The manifest that is being written. Single writer, one call at a time; after an error of the disk it is of no use. */
export class GrowingManifest {
  readonly number: number;
  readonly #file: WritableFile;
  #length: number;

  constructor(number: number, file: WritableFile, length: number) {
    this.number = number;
    this.#file = file;
    this.#length = length;
  }

  /** The lines are durable when this resolves. */
  async append(lines: readonly string[]): Promise<void> {
    const added = encodeUtf8(lines.join(""));
    await writeAll(this.#file, added, this.#length);
    await this.#file.datasync();
    this.#length += added.length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Numbers of the manifests that a directory holds, in order. */
export async function manifestNumbers({ fileSystem, directory }: ManifestPlace): Promise<readonly number[]> {
  const names = (await fileSystem.list(directory)).filter((name) => /^\d{8}$/.test(name));
  return names.map(Number).toSorted((left, right) => left - right);
}

export function readManifestFile(
  { fileSystem, directory }: ManifestPlace,
  number: number,
): Promise<Uint8Array | null> {
  return fileSystem.read(join(directory, manifestName(number)));
}

/**
 * A file that begins with `bytes`, to be written on. It is written anew and renamed over what was there: what a crash
 * left in the page cache need not be on the disk.
 */
export async function startManifest(
  { fileSystem, files, directory }: ManifestPlace,
  number: number,
  bytes: Uint8Array,
): Promise<GrowingManifest> {
  const { path, file } = await files.createFilled(bytes, bytes.length);
  await fileSystem.rename(path, join(directory, manifestName(number)));
  await fileSystem.syncDirectory(directory);
  return new GrowingManifest(number, file, bytes.length);
}
