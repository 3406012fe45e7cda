// All manifests of one log, opened where the last one ends. The copies thread owns its state.
import { dirname, join } from "node:path";
import { encodeUtf8, type InstantMs, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { textDirectory } from "../../ledger/index.ts";
import { DurableFiles, type FileSystem } from "../../disk/index.ts";
import { CopiedTiles } from "./copied-tiles.ts";
import {
  type Anchor,
  formatAnchor,
  formatHead,
  formatObject,
  type GrowingManifest,
  type Manifest,
  manifestName,
  manifestNumbers,
  type ManifestPlace,
  parseManifest,
  type PinnedObject,
  readManifestFile,
  startManifest,
} from "./manifest.ts";

/** What was pinned cannot be read, or cannot be added to. */
export class ManifestUnusableError extends Error {
  constructor(path: string, reason: string, cause?: unknown) {
    super(
      `\`${path}\` ${reason}; without it every object would be stored a second time: restore it, or remove its folder to do so`,
      { cause },
    );
    this.name = "ManifestUnusableError";
  }
}

export interface RowOptions {
  readonly fileSystem: FileSystem;
  /** Where the manifests of one log lie; made when absent. */
  readonly directory: string;
  readonly origin: string;
  readonly untilMs: InstantMs;
}

/** A manifest that an anchor has ended; it is stored and recorded before the next one begins. */
export interface EndedManifest {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly objectCount: number;
  readonly untilMs: InstantMs;
  readonly anchor: Anchor;
}

const finishedName = "finished";

/** Whether the last manifest of a closed log is stored and recorded, so that nothing is left to do. */
export async function isRowFinished(fileSystem: FileSystem, directory: string): Promise<boolean> {
  return (await fileSystem.list(directory)).includes(finishedName);
}

/** The path of a manifest below the log's prefix. */
export function manifestPath(number: number): string {
  return `manifests/${manifestName(number)}`;
}

export class ManifestRow {
  readonly copied: CopiedTiles = new CopiedTiles();
  /** Paths of the texts of policies that are stored. */
  readonly texts: Set<string> = new Set();
  readonly #options: RowOptions;
  readonly #place: ManifestPlace;
  #growing: GrowingManifest | null = null;
  #ended: EndedManifest | null = null;
  #anchor: Anchor | null = null;

  private constructor(options: RowOptions, place: ManifestPlace) {
    this.#options = options;
    this.#place = place;
  }

  static async open(options: RowOptions): Promise<ManifestRow> {
    const { fileSystem, directory } = options;
    const files = await DurableFiles.open(fileSystem, dirname(directory), join(directory, "new"));
    const row = new ManifestRow(options, { fileSystem, files, directory });
    await row.#replay();
    return row;
  }

  get origin(): string {
    return this.#options.origin;
  }

  /** The last anchor was that of a closed log, and is stored and recorded. */
  get isFinished(): boolean {
    return this.#anchor?.isLast === true && this.#ended === null;
  }

  /** The last anchor; null before the first. */
  get anchor(): Anchor | null {
    return this.#anchor;
  }

  /** Waits for {@link next}; meanwhile nothing can be pinned. */
  get ended(): EndedManifest | null {
    return this.#ended;
  }

  /** The objects are known to be stored, and stay known, when this resolves. */
  async pin(objects: readonly PinnedObject[]): Promise<void> {
    await this.#append(objects.map(formatObject));
    this.#note(objects);
  }

  /** If we crash before the anchor's line is durable, there was no anchor; after it, the next start goes on from it. */
  async end(anchor: Anchor): Promise<EndedManifest> {
    const number = this.#growing?.number ?? 0;
    await this.#append([formatAnchor(anchor)]);
    await this.#growing?.close();
    this.#growing = null;
    const { bytes, manifest } = await this.#read(number);
    return this.#take(number, bytes, manifest);
  }

  /** Called when the ended manifest is stored and the ledger knows it. If we crash before this, both are done again. */
  async next(stored: PinnedObject): Promise<void> {
    if (this.#anchor?.isLast === true) return this.#finish(stored);
    const { origin, untilMs } = this.#options;
    const head = encodeUtf8(formatHead({ origin, untilMs, previous: stored }));
    const number = (this.#ended?.number ?? -1) + 1;
    await this.#guard(number, async () => {
      this.#growing = await startManifest(this.#place, number, head);
    });
    this.#ended = null;
  }

  async close(): Promise<void> {
    await this.#growing?.close();
    this.#growing = null;
  }

  async #finish(stored: PinnedObject): Promise<void> {
    const { files, fileSystem, directory } = this.#place;
    await files.writeOnce(join(directory, finishedName), encodeUtf8(formatObject(stored)));
    await fileSystem.syncDirectory(directory);
    this.#ended = null;
  }

  #note(objects: readonly PinnedObject[]): void {
    for (const { path } of objects) {
      this.copied.add(path);
      if (path.startsWith(`${textDirectory}/`)) this.texts.add(path);
    }
  }

  async #replay(): Promise<void> {
    const numbers = await manifestNumbers(this.#place);
    for (const [order, number] of numbers.entries()) {
      const { bytes, manifest } = await this.#read(number);
      this.#note(manifest.objects);
      this.#anchor = manifest.anchor ?? this.#anchor;
      if (order < numbers.length - 1) continue;
      if (manifest.anchor !== null) this.#take(number, bytes, manifest);
      else await this.#continue(number, bytes);
    }
    if (numbers.length > 0) return;
    const { origin, untilMs } = this.#options;
    await this.#continue(0, encodeUtf8(formatHead({ origin, untilMs, previous: null })));
  }

  async #continue(number: number, bytes: Uint8Array): Promise<void> {
    // A line that a crash cut short was acknowledged to nobody.
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    await this.#guard(number, async () => {
      this.#growing = await startManifest(this.#place, number, whole);
    });
  }

  async #read(number: number): Promise<{ readonly bytes: Uint8Array; readonly manifest: Manifest }> {
    const bytes = await readManifestFile(this.#place, number);
    const manifest = bytes === null ? null : parseManifest(bytes);
    const path = join(this.#options.directory, manifestName(number));
    if (bytes === null || manifest === null) throw new ManifestUnusableError(path, "is damaged");
    if (manifest.origin !== this.#options.origin) {
      throw new ManifestUnusableError(
        path,
        `is of \`${manifest.origin}\`, not of \`${this.#options.origin}\``,
      );
    }
    return { bytes, manifest };
  }

  #take(number: number, bytes: Uint8Array, { anchor, objects, untilMs }: Manifest): EndedManifest {
    if (anchor === null) throw new Error(`manifest ${number} has no end`);
    const ended = {
      number,
      bytes,
      sha256: toHex(sha256(bytes)),
      objectCount: objects.length,
      untilMs,
      anchor,
    };
    this.#ended = ended;
    this.#anchor = anchor;
    return ended;
  }

  async #append(lines: readonly string[]): Promise<void> {
    const growing = this.#growing;
    if (growing === null) throw new Error("no manifest is being written");
    await this.#guard(growing.number, () => growing.append(lines));
  }

  async #guard(number: number, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      throw new ManifestUnusableError(
        join(this.#options.directory, manifestName(number)),
        "cannot be written",
        error,
      );
    }
  }
}
