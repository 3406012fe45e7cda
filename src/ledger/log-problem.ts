/** What is wrong with a log, by what it means for whoever relies on it. */
export const problemKinds = {
  checkpoint: "the log's checkpoint is missing, malformed or not signed by whom the policy trusts",
  history:
    "a kept checkpoint is malformed, not signed by the log, or of a tree that is not the beginning of this one",
  rollback: "the log has signed a larger tree than it now shows",
  root: "the entries do not give the root that was signed",
  bundle: "a bundle of entries is missing or malformed",
  entry: "an entry is not the one that the tree was made of",
  tile: "a tile is missing or is not what the entries give",
  schema: "an entry is not of the closed schema, or not in canonical form",
  opening: "an opening is missing, or does not follow the one before",
  time: "an entry is older than those before it",
  pairing: "a decision without its one outcome, or an outcome without its decision",
  permit: "something ran, or was tried, outside what its decision allowed",
} as const;

export type ProblemKind = keyof typeof problemKinds;

export interface LogProblem {
  readonly kind: ProblemKind;
  /** The file, below the log's prefix. */
  readonly path: string;
  /** Of the entry; null where none is meant. */
  readonly index: number | null;
  /** From the start of the file; null where the whole of it is meant. */
  readonly byteOffset: number | null;
  readonly reason: string;
}

/** One bad disk must not fill the verifier's memory: beyond this many, problems are counted only. */
const maxKept = 1000;

export class ProblemList {
  readonly #kept: LogProblem[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get kept(): readonly LogProblem[] {
    return this.#kept;
  }

  add(kind: ProblemKind, path: string, reason: string, where: Partial<LogProblem> = {}): void {
    this.#count++;
    if (this.#kept.length < maxKept)
      this.#kept.push({ index: null, byteOffset: null, ...where, kind, path, reason });
  }
}
