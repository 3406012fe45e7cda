// One log at the size of one checkpoint, whatever is appended while it is read.
import {
  type Checkpoint,
  closingFile,
  encodeBundle,
  formatProofFile,
  formatTilePath,
  hashCount,
  parseCheckpoint,
  parseEntry,
  parseNote,
  proveInclusion,
  readBundle,
  readTile,
  textPath,
  tileHolding,
  tileWidth,
} from "../../ledger/index.ts";
import { sha256 } from "../../keys/index.ts";
import type { PublishedLog, StoredEntry } from "../read/published-log.ts";
import type { BundleMember } from "./bundle-layout.ts";

/** What the log lacks, so that no whole copy can be made of it. */
export class UnexportableLogError extends Error {
  constructor(log: string, reason: string) {
    super(`\`${log}\`: ${reason}; \`bailiwick ledger verify\` says more`);
    this.name = "UnexportableLogError";
  }
}

export class LogSnapshot {
  readonly checkpoint: Checkpoint;
  readonly #log: PublishedLog;
  readonly #bytes: Uint8Array;

  private constructor(log: PublishedLog, bytes: Uint8Array, checkpoint: Checkpoint) {
    this.#log = log;
    this.#bytes = bytes;
    this.checkpoint = checkpoint;
  }

  static async take(log: PublishedLog): Promise<LogSnapshot> {
    const bytes = await log.reader.read("checkpoint");
    const note = bytes === null ? null : parseNote(bytes);
    const checkpoint = note?.ok ? parseCheckpoint(note.value.text) : null;
    if (bytes === null || !checkpoint?.ok)
      throw new UnexportableLogError(log.directory, "it has no checkpoint");
    return new LogSnapshot(log, bytes, checkpoint.value);
  }

  /** Whether its entries were deleted when their time was over, so that its head is all there is. */
  async isPruned(): Promise<boolean> {
    return this.checkpoint.size > 0 && (await this.#log.reader.list("tile")).length === 0;
  }

  /** Every entry, in order. */
  entries(): AsyncIterable<StoredEntry> {
    return this.#log.readEntries(0, this.checkpoint.size - 1);
  }

  /** The newest entry of one that is not empty. */
  async last(): Promise<StoredEntry> {
    const index = this.checkpoint.size - 1;
    return { index, bytes: await this.#log.readEntry(index) };
  }

  /** A `.tlog-proof` file that carries the entry. */
  async prove({ index, bytes }: StoredEntry): Promise<Uint8Array> {
    const log = { reader: this.#log.reader, sha256, size: this.checkpoint.size };
    const hashes = await proveInclusion(log, index);
    return formatProofFile({ extra: bytes, index, hashes, checkpoint: this.#bytes });
  }

  /** The proof of the entry that ended it; null while it is in use, or where a pruned one has kept none. */
  async closing(): Promise<Uint8Array | null> {
    if (this.checkpoint.size === 0) return null;
    if (await this.isPruned()) return this.#log.reader.read(closingFile);
    const last = await this.last();
    const entry = parseEntry(last.bytes);
    return entry.ok && entry.value.t === "closed" ? this.prove(last) : null;
  }

  /** All its files, under their own names, in an order that depends on nothing but the log. */
  async *files(): AsyncGenerator<BundleMember> {
    yield { name: "checkpoint", bytes: this.#bytes };
    yield* this.#history();
    if (await this.isPruned()) {
      const bytes = await this.#log.reader.read(closingFile);
      if (bytes !== null) yield { name: closingFile, bytes };
      return;
    }
    const { size } = this.checkpoint;
    const texts = new Set<string>();
    for (let position = 0; position < size; position += tileWidth) {
      const { name, entries } = await this.#bundle(position);
      for (const hash of entries.flatMap(textsNamedIn)) texts.add(hash);
      yield { name, bytes: encodeBundle(entries) };
    }
    for (let level = 0; hashCount(size, level) > 0; level++) {
      for (let position = 0; position < hashCount(size, level); position += tileWidth) {
        yield this.#tile(level, position);
      }
    }
    for (const hash of [...texts].toSorted()) yield { name: textPath(hash), bytes: await this.text(hash) };
  }

  /** A text that an entry names. */
  async text(hash: string): Promise<Uint8Array> {
    return this.#require(textPath(hash), await this.#log.reader.read(textPath(hash)));
  }

  async *#history(): AsyncGenerator<BundleMember> {
    const sizes = (await this.#log.reader.list("checkpoints")).map(Number);
    const known = sizes.filter((size) => Number.isSafeInteger(size) && size <= this.checkpoint.size);
    for (const size of known.toSorted((left, right) => left - right)) {
      const name = `checkpoints/${size}`;
      yield { name, bytes: this.#require(name, await this.#log.reader.read(name)) };
    }
  }

  async #bundle(position: number): Promise<{ name: string; entries: readonly Uint8Array[] }> {
    const name = tileHolding(position, "entries", this.checkpoint.size);
    const bundle = await readBundle(this.#log.reader, name);
    if (!bundle.ok)
      throw new UnexportableLogError(
        this.#log.directory,
        `\`${formatTilePath(name)}\` is missing or damaged`,
      );
    return { name: formatTilePath(name), entries: bundle.value.entries };
  }

  async #tile(level: number, position: number): Promise<BundleMember> {
    const name = tileHolding(position, level, this.checkpoint.size);
    const path = formatTilePath(name);
    return { name: path, bytes: this.#require(path, await readTile(this.#log.reader, name)) };
  }

  #require(path: string, bytes: Uint8Array | null): Uint8Array {
    if (bytes === null) throw new UnexportableLogError(this.#log.directory, `\`${path}\` is missing`);
    return bytes;
  }
}

const policyLabel = Buffer.from('"t":"policy"');

/** Looks at the bytes first: of a million entries, a handful are read as JSON. */
function textsNamedIn(bytes: Uint8Array): readonly string[] {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(policyLabel)) return [];
  const entry = parseEntry(bytes);
  return entry.ok && entry.value.t === "policy" ? entry.value.texts.map(({ hash }) => hash) : [];
}
