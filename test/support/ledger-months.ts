// The logs of one cell, month after month, as rotation leaves them.
import {
  formatNoteKey,
  type LogHead,
  type NoteSigner,
  type OpenedEntry,
  parseCheckpoint,
  parseNote,
  signCheckpoint,
  type Written,
  type WrittenEntry,
} from "../../src/ledger/index.ts";
import { toHex } from "../../src/base/index.ts";
import { signerFrom } from "./ledger-crypto.ts";
import { decisionEntry, lifecycleEntries, openedEntry, outcomeEntry, requestId } from "./ledger-entries.ts";
import { buildLog, type LogFiles } from "./ledger-log.ts";

const lineage = "acme.example/ledger/de/eu-frankfurt";

export interface Month {
  readonly signer: NoteSigner;
  readonly entries: readonly WrittenEntry[];
  readonly files: LogFiles;
}

/** Signs with a key that follows from the month, so that no two months share one. */
export function signerOf(month: string, seed: number = Number(month.slice(5))): NoteSigner {
  return signerFrom(seed, `${lineage}/${month}`);
}

export interface MonthPlan {
  readonly month: string;
  readonly previous: LogHead | null;
  /** Null: the log is still in use. */
  readonly next: NoteSigner | null;
  /** After its own two, before the closing. */
  readonly more?: readonly WrittenEntry[];
  readonly signer?: NoteSigner;
  /** With cosignatures, where they matter. */
  readonly sign?: typeof signCheckpoint;
}

/** An opening, a permit with its outcome, and the closing. */
export function buildMonth({ month, previous, next, more = [], ...plan }: MonthPlan): Month {
  const { signer = signerOf(month), sign = signCheckpoint } = plan;
  const opening: Written<OpenedEntry> = { ...openedEntry(0, 1), origin: signer.key.name, previous };
  const entries: WrittenEntry[] = [opening, decisionEntry(1), outcomeEntry(2, 1, requestId(1)), ...more];
  const [closing] = lifecycleEntries(9);
  if (next !== null && closing?.t === "closed") {
    entries.push({ ...closing, next: { origin: next.key.name, key: formatNoteKey(next.key) } });
  }
  const files = buildLog({ entries, signer, sealedAt: [0, 2, entries.length], sign });
  return { signer, entries, files };
}

/** A head of the log at a size at which it kept a checkpoint. */
export function headOf({ files }: Month, size: number): LogHead {
  const note = parseNote(files.get(`checkpoints/${size}`) ?? new Uint8Array());
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
  if (!checkpoint.ok) throw new Error(checkpoint.error);
  return { ...checkpoint.value, root: toHex(checkpoint.value.root) };
}
