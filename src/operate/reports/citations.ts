// Which records are cited. Counts are of everything; what is proven one by one is a sample that its reader can redraw.
// Whoever opens it owns its state.
import { compareText, encodeUtf8, formatInstant, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import type { Citation } from "./report.ts";
import type { Recorded } from "./recorded.ts";

export const citedPerRow = 3;
/** A proof is some 2 KiB; beyond so many, a report is cited from its larger groups only. */
const maxCitations = 1000;

export const samplingRule =
  "of each row, the records with the least SHA-256 of `<seed>\\n<origin>#<index>`; whoever names another seed gets other records";

interface Candidate {
  readonly rank: string;
  readonly recorded: Recorded;
}

type Cited = Omit<Citation, "proof">;

/** The records of one row, of which at most so many are cited. */
export class Sample {
  readonly #limit: number;
  /** In the order of their ranks. */
  readonly #candidates: Candidate[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(candidate: Candidate): void {
    const last = this.#candidates.at(-1);
    if (this.#candidates.length >= this.#limit && last !== undefined && last.rank <= candidate.rank) return;
    const place = this.#candidates.findIndex(({ rank }) => rank > candidate.rank);
    this.#candidates.splice(place < 0 ? this.#candidates.length : place, 0, candidate);
    if (this.#candidates.length > this.#limit) this.#candidates.pop();
  }

  /** In the order of the log. */
  get records(): readonly Cited[] {
    return this.#candidates
      .map(({ recorded }) => citedRecord(recorded))
      .toSorted((left, right) => compareText(left.origin, right.origin) || left.index - right.index);
  }
}

/** A log has one number in a report, on its page and in its folders: they count from 1. */
export function logNumber(position: number): number {
  return position + 1;
}

export function citedRecord({ origin, index, entry }: Recorded): Cited {
  return { origin, index, kind: entry.t, at: formatInstant(entry.ts) };
}

/** A request is offered to several rows: its entries' ranks are needed again at once, and then no more. */
const maxKnownRanks = 64;

export class Citations {
  readonly #seed: string;
  readonly #origins: readonly string[];
  readonly #cited = new Map<string, { readonly number: number; readonly citation: Citation }>();
  readonly #ranks = new Map<string, string>();

  /** `origins` are those of the report's sources: a proof lies in a folder with the number of its log. */
  constructor(seed: string, origins: readonly string[]) {
    this.#seed = seed;
    this.#origins = origins;
  }

  candidate(recorded: Recorded): Candidate {
    return { rank: this.#rankOf(`${recorded.origin}#${recorded.index}`), recorded };
  }

  /** Their numbers in the report; fewer than there are records once the report cites all that it may. */
  cite(records: readonly Cited[]): readonly number[] {
    return records.flatMap((record) => {
      const key = `${record.origin}#${record.index}`;
      const known = this.#cited.get(key);
      if (known !== undefined) return [known.number];
      if (this.#cited.size >= maxCitations) return [];
      const log = logNumber(this.#origins.indexOf(record.origin));
      const proof = `proofs/${log}/${record.index}.tlog-proof`;
      const citation = { ...record, proof };
      this.#cited.set(key, { number: this.#cited.size, citation });
      return [this.#cited.size - 1];
    });
  }

  get all(): readonly Citation[] {
    return Array.from(this.#cited.values(), ({ citation }) => citation);
  }

  #rankOf(key: string): string {
    const known = this.#ranks.get(key);
    if (known !== undefined) return known;
    if (this.#ranks.size >= maxKnownRanks) this.#ranks.clear();
    const rank = toHex(sha256(encodeUtf8(`${this.#seed}\n${key}`)));
    this.#ranks.set(key, rank);
    return rank;
  }
}
