import type { Sha256 } from "../tree/digest.ts";
import { parseEntry } from "../entry/entry-schema.ts";
import type { Entry } from "../entry/entry.ts";
import { auditLeftovers } from "./leftover-audit.ts";
import { type Bundle, readBundle, readTile } from "./log-reader.ts";
import { hashBytes, leafHash } from "../tree/merkle.ts";
import { SequenceRules } from "./sequence-rules.ts";
import type { AuditedLog } from "./tile-audit.ts";
import { TextAudit } from "./text-audit.ts";
import { formatTilePath, tileHolding, type TileName } from "../tree/tile.ts";

export interface BundleAuditOptions {
  readonly sha256: Sha256;
  readonly origin: string;
  readonly onEntry?: ((index: number, entry: Entry) => void) | undefined;
}

/** Reads a log's entries in their order, and holds each against the schema and against those before it. */
export class BundleAudit {
  readonly #log: AuditedLog;
  readonly #sha256: Sha256;
  readonly #rules: SequenceRules;
  readonly #texts: TextAudit;
  readonly #onEntry: BundleAuditOptions["onEntry"];

  constructor(log: AuditedLog, { sha256, origin, onEntry }: BundleAuditOptions) {
    this.#log = log;
    this.#sha256 = sha256;
    this.#onEntry = onEntry;
    this.#texts = new TextAudit(log, sha256);
    this.#rules = new SequenceRules(origin, (kind, index, reason) =>
      log.problems.add(kind, formatTilePath(this.#bundleOf(index)), reason, { index }),
    );
  }

  get openDecisionCount(): number {
    return this.#rules.openCount;
  }

  /** Once, when all entries were read. */
  finish(): Promise<void> {
    return this.#texts.finish();
  }

  /**
   * Hashes of the entries of the bundle that begins at `start`. Where the bundle cannot be read they are the tile's,
   * so that what comes after can still be checked; null where that cannot be read either.
   */
  async readLeaves(start: number): Promise<readonly Uint8Array[] | null> {
    const name = this.#bundleOf(start);
    const bundle = await readBundle(this.#log.reader, name);
    if (!bundle.ok) {
      const { byteOffset, reason } = bundle.error;
      this.#log.problems.add("bundle", formatTilePath(name), reason, { byteOffset });
      return this.#readTileLeaves({ ...name, level: 0 });
    }
    await auditLeftovers(this.#log, { name, bytes: bundle.value.bytes, lengthAt: lengthsOf(bundle.value) });
    for (const [position, entry] of bundle.value.entries.entries()) {
      const byteOffset = entry.byteOffset - bundle.value.bytes.byteOffset;
      this.#checkEntry(entry, start + position, byteOffset);
    }
    return bundle.value.entries.map((entry) => leafHash(this.#sha256, entry));
  }

  #checkEntry(bytes: Uint8Array, index: number, byteOffset: number): void {
    const entry = parseEntry(bytes);
    if (entry.ok) {
      this.#rules.check(index, entry.value);
      if (entry.value.t === "policy") this.#texts.note(index, entry.value);
      this.#onEntry?.(index, entry.value);
    } else {
      const { kind, reason, version } = entry.error;
      if (version !== null) this.#rules.passVersion(version);
      this.#log.problems.add(kind, formatTilePath(this.#bundleOf(index)), reason, { index, byteOffset });
    }
  }

  async #readTileLeaves(name: TileName): Promise<readonly Uint8Array[] | null> {
    const tile = await readTile(this.#log.reader, name);
    if (tile?.length !== name.width * hashBytes) return null;
    return Array.from({ length: name.width }, (_, at) => tile.subarray(at * hashBytes, (at + 1) * hashBytes));
  }

  #bundleOf(index: number): TileName {
    return tileHolding(index, "entries", this.#log.size);
  }
}

/** Bytes that the first so many entries take, each with its length before it. */
function lengthsOf({ bytes, entries }: Bundle): (width: number) => number {
  return (width) => {
    const last = entries[width - 1];
    return last === undefined ? 0 : last.byteOffset + last.length - bytes.byteOffset;
  };
}
