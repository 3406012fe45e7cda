// Kinds of entries that version 1 wrote in another form than the newest version does. Logs hold them for ever.
import type { EndpointId, Place, RequestId } from "../../../base/index.ts";
import type { DecisionEntry } from "../decision-entry.ts";
import type { EntryStamp } from "../log-head.ts";

/** As a {@link DecisionEntry}; version 1 decided each request once. */
export type DecisionEntryV1 = Omit<DecisionEntry, "v" | "revision"> & EntryStamp<1>;

/** Closes a permit's decision: what happened, and how good the evidence of its place is. */
export interface OutcomeEntryV1 extends EntryStamp<1> {
  readonly t: "outcome";
  readonly rid: RequestId;
  /** Index of the decision entry. */
  readonly decision: number;
  /**
   * `complete`: the whole answer was given. `refused`: a provider refused the request as it was written.
   * `failed`: no answer began. `interrupted`: one began and broke off. `aborted`: the caller left.
   * `unknown`: the process died between decision and outcome, so nobody can say whether the request ran.
   */
  readonly result: "complete" | "refused" | "failed" | "interrupted" | "aborted" | "unknown";
  readonly error: string | null;
  readonly status: number | null;
  readonly executed: ExecutedV1 | null;
  readonly attempts: readonly { readonly endpoint: EndpointId; readonly failure: string | null }[];
  /** HMAC-SHA256 of the answer's bytes under the subject key, hex. */
  readonly res: string | null;
  readonly tokens: { readonly input: number; readonly output: number; readonly cached: number } | null;
  readonly durationMs: number | null;
}

/** What was asked of a provider and what it said are different fields; `evidence` says how good the latter is. */
export interface ExecutedV1 {
  readonly endpoint: EndpointId;
  readonly claimed: readonly Place[];
  readonly evidenced: readonly Place[];
  readonly evidence: string;
  readonly model: string | null;
}
