// Whoever opens it owns its state.

/** What is wrong with a log, by what it means for whoever relies on it. */
export type ProblemKind =
  /** The log's checkpoint is missing, malformed, or not signed by whom the policy trusts. */
  | "checkpoint"
  /** A kept checkpoint is malformed, not signed by the log, or of a tree that is not the beginning of this one. */
  | "history"
  /** The log has signed a larger tree than it now shows. */
  | "rollback"
  /** The entries do not give the root that was signed. */
  | "root"
  /** A bundle of entries is missing or malformed. */
  | "bundle"
  /** An entry is not the one that the tree was made of. */
  | "entry"
  /** A tile is missing, or is not what the entries give. */
  | "tile"
  /** An entry is not of the closed schema, or not in canonical form. */
  | "schema"
  /** An opening is missing, or does not follow the one before. */
  | "opening"
  /** An entry is older than those before it. */
  | "time"
  /** A permit without its one outcome, or an outcome without its permit. */
  | "pairing"
  /** Something ran, was tried, or is evidenced outside what its decision allowed. */
  | "permit"
  /** The log does not follow the one before it, goes on after it was closed, or is gone without a word. */
  | "succession"
  /** What one cell sent to another, and what that one received, do not agree. */
  | "transfer"
  /** An entry is of an older version than one before it. */
  | "version"
  /** An entry is of a version that this verifier does not know: no damage, but nobody here can say what it means. */
  | "unknown_version"
  /** A correction is about an attempt that is not there. */
  | "correction"
  /** An answer is said to have been given before, and was not. */
  | "cached"
  /** A text of a policy is missing, or is not the one that was recorded. */
  | "policy_text";

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

/** `index` is that of the entry at fault, which for a decision left open is an earlier one. */
export type ReportBreach = (kind: ProblemKind, index: number, reason: string) => void;
