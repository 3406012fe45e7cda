// A provider's own log of calls: what it says of where a call was computed, and it comes afterwards.
import type { InstantMs } from "../../base/index.ts";

/** One call that the provider says it served. */
export interface LoggedCall {
  /** The provider's id of the call, as its answer stated it; in a log that holds none, the log's own of the record. */
  readonly requestId: string;
  readonly timeMs: InstantMs;
  /** The provider's label of the region in which it was computed; null where the record does not say. */
  readonly region: string | null;
  /** The model, as the call named it; null where the record does not say. */
  readonly model: string | null;
  /** The provider served nothing: it refused the call, or failed. */
  readonly isRefused: boolean;
}

export type LogRecord =
  | { readonly kind: "call"; readonly call: LoggedCall }
  /** About something else than a call of a model. */
  | { readonly kind: "other" }
  /** Of no such log. */
  | { readonly kind: "foreign" }
  /** One about a call, in which a member is missing or wrong. */
  | { readonly kind: "unreadable"; readonly member: string };

export interface ProviderLog {
  /** Also the source that corrections name. */
  readonly name: string;
  /** Whose log it is, as `packs/providers/` names it. */
  readonly provider: string;
  /** The member that holds the records, where the file is one object. */
  readonly wrapper: string;
  /**
   * Of the evidence that a region in it is. Null where none of its records can be told to be about one attempt: then its
   * calls are counted beside the ledger's, and it is evidence of none.
   */
  readonly grade: string | null;
  /** Keys of the objects that the provider keeps beside the log's, under the same prefix; null where there are none. */
  readonly besides: RegExp | null;
  /** `scopes`: words before a model's name by which a call may be computed elsewhere than where it was sent. */
  read(record: unknown, scopes: readonly string[]): LogRecord;
}

/** One whose records name their calls by the ids that answers name. */
export interface JoinedLog extends ProviderLog {
  readonly grade: string;
}
