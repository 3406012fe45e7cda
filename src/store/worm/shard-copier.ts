// Copies one log into locked storage: full tiles as they come, the rest at anchors. It reads what is sealed and nothing
// else, so whatever it does or fails to do, the log does not wait for it. The copies thread owns its state.
import { type InstantMs, toHex } from "../../base/index.ts";
import {
  formatTilePath,
  parseBundle,
  parseEntry,
  textDirectory,
  textPath,
  type TileName,
  tileHolding,
  tileWidth,
} from "../../ledger/index.ts";
import type { Position } from "../log/ledger.ts";
import type { PublishedLog } from "../read/published-log.ts";
import { partialTiles } from "./copied-tiles.ts";
import type { AnchoredCopy } from "./copy-state.ts";
import { type EndedManifest, manifestPath, type ManifestRow } from "./manifest-row.ts";
import type { ObjectWriter, StoredObject } from "./object-writer.ts";
import { type PublishedHead, readPublishedHead } from "./published-head.ts";

export interface ShardCopierParts {
  readonly log: PublishedLog;
  readonly row: ManifestRow;
  readonly writer: ObjectWriter;
  readonly anchorIntervalMs: number;
  /** Appends a `worm` entry and resolves when it is durable. */
  readonly record: (copy: AnchoredCopy) => Promise<Position>;
}

export interface ShardTime {
  readonly nowMs: InstantMs;
  /** A month began after it: once it says that it is closed, nothing follows. */
  readonly hasSuccessor: boolean;
}

/** What an anchor will hold besides full tiles, as it was when the anchor began. */
interface Edge {
  readonly head: PublishedHead;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly isLast: boolean;
}

/** Files that are stored before they are pinned, which is one write and one sync. */
const filesAtOnce = 64;
/** An answer takes some milliseconds: one call after the other would not keep up with a busy log. */
const callsAtOnce = 8;

/**
 * INVARIANT: an object is pinned only when it is stored, and an anchor ends a manifest only when all that it covers is
 * pinned. So a manifest never names what is not there.
 */
export class ShardCopier {
  readonly #parts: ShardCopierParts;
  readonly #openedAtMs: InstantMs;
  #edge: Edge | null = null;
  /** After a start and after a failed call, nobody knows which objects are stored without being pinned. */
  #isInDoubt = true;
  /** Up to here the log holds nothing but what the last anchor itself has caused. */
  #quietSize = 0;
  #published: PublishedHead | null = null;
  #lagMs = 0;
  objectCount = 0;

  constructor(parts: ShardCopierParts, openedAtMs: InstantMs) {
    this.#parts = parts;
    this.#openedAtMs = openedAtMs;
  }

  get behindEntries(): number {
    const { copied, anchor } = this.#parts.row;
    return Math.max(0, (this.#published?.size ?? 0) - Math.max(copied.entryCount, anchor?.size ?? 0));
  }

  get lagMs(): number {
    return this.#lagMs;
  }

  /** Nothing of it is left to be copied, ever. */
  get isFinished(): boolean {
    return this.#parts.row.isFinished;
  }

  /** Does the next piece of work. True when there is more at once. */
  async pass(time: ShardTime): Promise<boolean> {
    const { row, log } = this.#parts;
    if (row.ended !== null) return this.#finishAnchor(row.ended);
    const published = await readPublishedHead(log.reader);
    if (published === null) return false;
    this.#published = published;
    this.#edge ??= await this.#beginAnchor(published, time);
    const due = row.copied.due(this.#edge?.head.size ?? published.size, filesAtOnce);
    await this.#measureLag(due, time.nowMs);
    if (due.length > 0) return this.#store(await this.#readFiles(due));
    if (this.#edge === null) return false;
    await this.#store(this.#edge.files);
    const { head, isLast } = this.#edge;
    await row.end({ size: head.size, root: head.root, atMs: time.nowMs, isLast });
    this.#edge = null;
    return true;
  }

  /** Null when no anchor is due, and when the log outgrew its edge while that was read: the next pass finds another. */
  async #beginAnchor(head: PublishedHead, time: ShardTime): Promise<Edge | null> {
    const { anchor } = this.#parts.row;
    if (head.size <= Math.max(anchor?.size ?? 0, this.#quietSize)) return null;
    const isLast = time.hasSuccessor && (await this.#isClosed(head.size));
    if (!isLast && time.nowMs < this.#anchorDueAtMs(time.nowMs)) return null;
    const files = new Map<string, Uint8Array>();
    for (const name of partialTiles(head.size)) {
      const bytes = await this.#parts.log.reader.read(formatTilePath(name));
      if (bytes === null) return null;
      files.set(formatTilePath(name), bytes);
    }
    for (const path of await this.#newTexts()) {
      const bytes = await this.#parts.log.reader.read(path);
      if (bytes !== null) files.set(path, bytes);
    }
    files.set(`checkpoints/${head.size}`, head.bytes);
    // That of a log in use would be out of date tomorrow, and could not be replaced.
    if (isLast) files.set("checkpoint", head.bytes);
    return { head, files, isLast };
  }

  /** Texts of policies that no anchor has copied. One that no entry names yet is copied early, which harms nobody. */
  async #newTexts(): Promise<readonly string[]> {
    const hashes = await this.#parts.log.reader.list(textDirectory);
    return hashes.map(textPath).filter((path) => !this.#parts.row.texts.has(path));
  }

  /**
   * The first anchor is due at once, for without it nothing of the copies can be verified. The wall clock counts: the
   * interval goes on over a restart, from the date in the manifest.
   */
  #anchorDueAtMs(nowMs: InstantMs): InstantMs {
    const { row, anchorIntervalMs } = this.#parts;
    if (row.anchor === null) return Math.min(this.#openedAtMs, nowMs);
    const { atMs } = row.anchor;
    // A date so far ahead was given by a clock that was wrong, and must not stop the copies until it comes.
    return atMs > nowMs + anchorIntervalMs ? nowMs : atMs + anchorIntervalMs;
  }

  async #isClosed(size: number): Promise<boolean> {
    return (await this.#readEntry(size - 1, size))?.t === "closed";
  }

  /** Measures by the wall clock, since the oldest file may be from before the start: its entries are dated. */
  async #measureLag(due: readonly TileName[], nowMs: InstantMs): Promise<void> {
    const [first] = due;
    const dueAtMs = [
      ...(this.#edge === null ? [] : [this.#anchorDueAtMs(nowMs)]),
      ...(first === undefined ? [] : [await this.#filledAtMs(first, nowMs)]),
    ];
    this.#lagMs = Math.max(0, ...dueAtMs.map((atMs) => nowMs - atMs));
  }

  /** When the last entry under a full tile came; those of upper levels are due together with lower ones. */
  async #filledAtMs({ level, index }: TileName, nowMs: InstantMs): Promise<InstantMs> {
    if (level !== "entries" && level !== 0) return nowMs;
    const end = (index + 1) * tileWidth;
    return (await this.#readEntry(end - 1, end))?.ts ?? nowMs;
  }

  async #readEntry(index: number, size: number): Promise<{ t: string; ts: number } | null> {
    const name = tileHolding(index, "entries", size);
    const bytes = await this.#parts.log.reader.read(formatTilePath(name));
    const bundle = bytes === null ? null : parseBundle(bytes, name.width);
    const entry = bundle?.ok ? bundle.value[index % tileWidth] : undefined;
    const parsed = entry === undefined ? null : parseEntry(entry);
    return parsed?.ok ? parsed.value : null;
  }

  async #readFiles(names: readonly TileName[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>();
    for (const path of names.map(formatTilePath)) {
      const bytes = await this.#parts.log.reader.read(path);
      if (bytes === null) throw new Error(`\`${path}\` is missing, but a checkpoint covers it`);
      files.set(path, bytes);
    }
    return files;
  }

  /** What was stored is pinned also when another file was not. */
  async #store(files: ReadonlyMap<string, Uint8Array>): Promise<true> {
    const { writer, row } = this.#parts;
    const stored: StoredObject[] = [];
    const queue = files.entries();
    const isInDoubt = this.#isInDoubt;
    this.#isInDoubt = true;
    const work = async (): Promise<void> => {
      for (const [path, bytes] of queue) stored.push(await writer.store(path, bytes, isInDoubt));
    };
    const length = writer.isLockSeen ? callsAtOnce : 1;
    const ends = await Promise.allSettled(Array.from({ length }, work));
    // If we crash here, objects are stored that no manifest names: the next start finds them by their bytes.
    if (stored.length > 0) await row.pin(stored);
    this.objectCount += stored.length;
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    // What is there may be the end of what was not noted, or, if the manifests were lost, its beginning.
    this.#isInDoubt = stored.some(({ wasThere }) => wasThere);
    return true;
  }

  close(): Promise<void> {
    return this.#parts.row.close();
  }

  async #finishAnchor(ended: EndedManifest): Promise<true> {
    const { row, writer, record } = this.#parts;
    const stored = await writer.store(manifestPath(ended.number), ended.bytes, true);
    // If we crash here, the manifest is stored and the ledger does not say so: both steps are done again.
    const { size, root } = ended.anchor;
    const { origin } = row;
    const position = await record({
      log: { origin, size, root: toHex(root) },
      objects: ended.objectCount,
      manifest: ended.sha256,
      until: ended.untilMs,
    });
    if (position.origin === origin && position.index === size) this.#quietSize = size + 1;
    // If we crash here, the ledger gets a second entry of the same anchor.
    await row.next(stored);
    this.objectCount++;
    return true;
  }
}
