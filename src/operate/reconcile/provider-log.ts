// A provider's own log of calls: the best evidence of where a call was computed (E4), and it comes afterwards.
import type { InstantMs } from "../../base/index.ts";

/** One call that the provider says it served. */
export interface LoggedCall {
  /** The provider's id of the call, as its answer stated it. */
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
  /** `scopes`: words before a model's name by which a call may be computed elsewhere than where it was sent. */
  read(record: unknown, scopes: readonly string[]): LogRecord;
}
