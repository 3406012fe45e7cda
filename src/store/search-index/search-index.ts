// What an index of the log is: a table to search in, made from the log and thrown away at will. It proves nothing.
import type { InstantMs, Place, RequestId } from "../../base/index.ts";
import type { Entry, LogHead } from "../../ledger/index.ts";
import type { Position } from "../log/ledger.ts";

/** An outcome has no record of its own: it completes that of its decision. */
export type RecordKind = Exclude<Entry["t"], "outcome">;

/** What the log says in one entry, and for a decision also in its outcome. Names of subjects and tenants are handles. */
export interface IndexRecord {
  readonly index: number;
  readonly timeMs: number;
  readonly kind: RecordKind;
  readonly requestId: RequestId | null;
  /** Of a transfer, an import and a violation: that of their decision. */
  readonly tenant: string | null;
  readonly subject: string | null;
  readonly verdict: "permit" | "refuse" | "redirect" | null;
  /** What the caller saw: of the refusal, or of the outcome. */
  readonly error: string | null;
  /** Every endpoint that the request was sent to. */
  readonly endpoints: readonly string[];
  /** Where the subject was said to be. */
  readonly subjectPlaces: readonly Place[];
  /** Where the endpoint that answered, or the one of a transfer, was said to compute. */
  readonly computed: readonly Place[];
  /** Where its answer showed that it computed. */
  readonly evidenced: readonly Place[];
  readonly evidence: string | null;
  readonly result: string | null;
  /** Index of the outcome; null while there is none, and where none is due. */
  readonly outcome: number | null;
}

/** What an outcome adds to the record of its decision. */
export type Completion = Pick<
  IndexRecord,
  "error" | "endpoints" | "computed" | "evidenced" | "evidence" | "result" | "outcome"
>;

/** Entries from `from.size` up to `to.size` of one log. */
export interface IndexBatch {
  readonly from: LogHead;
  readonly to: LogHead;
  readonly records: readonly IndexRecord[];
  /** What outcomes of this batch add to decisions of earlier ones. */
  readonly completions: readonly { readonly decision: number; readonly completion: Completion }[];
  /** Records whose tenant and subject are those of a decision of an earlier batch. */
  readonly followers: readonly { readonly index: number; readonly decision: number }[];
}

/** Conditions that all hold at once; one that is left out says nothing. */
export interface IndexQuery {
  readonly fromMs?: InstantMs;
  /** Exclusive. */
  readonly untilMs?: InstantMs;
  readonly kind?: RecordKind;
  readonly requestId?: string;
  readonly tenant?: string;
  readonly subject?: string;
  readonly verdict?: string;
  readonly error?: string;
  readonly evidence?: string;
  readonly endpoint?: string;
  /** A country stands for its subdivisions too, here and below. */
  readonly subjectPlace?: string;
  readonly computedIn?: string;
  readonly evidencedIn?: string;
  readonly isNewestFirst?: boolean;
  /** The last record of the page before. */
  readonly after?: Position;
  readonly limit: number;
}

export interface IndexPage {
  readonly records: readonly (IndexRecord & { readonly origin: string })[];
  /** Whether records follow these; the next page is `after` the last of them. */
  readonly hasMore: boolean;
}

/** Another writer has moved the index on since its position was read. */
export class IndexMovedError extends Error {
  constructor(origin: string) {
    super(`another process indexes \`${origin}\`, and got further`);
    this.name = "IndexMovedError";
  }
}

/** What the operator must mend: the file is another program's, the server refuses, a page begins nowhere. */
export class UnusableIndexError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnusableIndexError";
  }
}

/** A page was asked for that begins behind a record which is not there. */
export function unknownPosition({ origin, index }: Position): UnusableIndexError {
  return new UnusableIndexError(
    `\`${origin}#${index}\` is not in the index; begin again with the first page`,
  );
}

export interface SearchIndex {
  /** How far each log is indexed. */
  heads(): Promise<readonly LogHead[]>;
  /**
   * Adds all of the batch and the log's new head, or nothing of it. Rejects with {@link IndexMovedError} when the log's
   * head is not `batch.from`; a log that is not indexed yet has size 0.
   */
  add(batch: IndexBatch): Promise<void>;
  /** Forgets one log. */
  drop(origin: string): Promise<void>;
  /** In the order of time, then of origin, then of index. */
  query(query: IndexQuery): Promise<IndexPage>;
  close(): Promise<void>;
}
