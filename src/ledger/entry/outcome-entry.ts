import type { EndpointId, Place, RequestId } from "../../base/index.ts";
import type { EntryStamp, SinceVersion2 } from "./log-head.ts";

/** Closes a permit's decision: what happened, and everybody who got the request because of it. */
export interface OutcomeEntry extends EntryStamp<3> {
  readonly t: "outcome";
  readonly rid: RequestId;
  /** Index of the decision entry. */
  readonly decision: number;
  /**
   * `complete`: the whole answer was given. `refused`: a provider refused the request as it was written.
   * `failed`: no answer began. `interrupted`: one began and broke off. `aborted`: the caller left.
   * `redecided`: the law changed under way, so the request was decided again, in an entry that follows.
   * `unknown`: the process died between decision and outcome, so nobody can say whether the request ran.
   */
  readonly result: "complete" | "refused" | "failed" | "interrupted" | "aborted" | "redecided" | "unknown";
  readonly error: string | null;
  readonly status: number | null;
  /** One for each endpoint to which the request was offered, in order; the same endpoint may come again. */
  readonly attempts: readonly AttemptRecord[];
  /** Position in `attempts` of the one whose answer was given, in part at least; null where there was none. */
  readonly answeredBy: number | null;
  /** Where the answer came from, if it was given from the cell's response cache: then nobody was asked. */
  readonly cached: CachedAnswer | null;
  /** HMAC-SHA256 of the answer's bytes under the subject key, hex. */
  readonly res: string | null;
  readonly durationMs: number | null;
}

/** One offer of the request to one endpoint. Noted before its first byte is sent, so that none goes untold. */
export interface AttemptRecord {
  readonly endpoint: EndpointId;
  /** Whether a byte of the request was handed to the connection. False: nobody there got anything. */
  readonly sent: boolean;
  readonly asked: {
    /** The engine's name for the model; null where it has none, or one that an entry cannot hold. */
    readonly model: string | null;
    /** The region that the call selected; null where a call selects none. */
    readonly region: string | null;
  };
  /** Places where the permit lets it compute. */
  readonly allowed: readonly Place[];
  /** Null: nothing was shown. */
  readonly evidence: AttemptEvidence | null;
  /** Milliseconds since the epoch, of the newest evidence; null exactly where there is none. */
  readonly observedAt: number | null;
  /** The provider's id of the call. */
  readonly requestId: string | null;
  /** Null for the one that answered to the end, and for one that was left without a word. */
  readonly failure: string | null;
  readonly usage: TokenCounts | null;
}

/** An answer that is given again: who computed it, where it may have done so, and what it showed of that then. */
export interface CachedAnswer extends Pick<
  AttemptRecord,
  "endpoint" | "asked" | "allowed" | "evidence" | "observedAt"
> {
  /** The outcome of the request that it was computed for: in this log, before this entry, or in another log. */
  readonly of: { readonly origin: string; readonly index: number };
  /** Milliseconds since the epoch: when that request had been answered. */
  readonly at: number;
}

/** What an endpoint showed of where it computed, and how good that is. */
export interface AttemptEvidence {
  /** `E0` (nothing) to `E4` (the provider's own log). */
  readonly grade: string;
  /** From which header, member or log it was read. */
  readonly source: string;
  /** At most {@link maxEvidencePlaces}; empty where it names none. */
  readonly places: readonly Place[];
}

export const maxEvidencePlaces = 16;

/** In tokens; `cached` are those of `input` that the provider had already read. */
export interface TokenCounts {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

/** A later fact about an attempt. It changes nothing that stands; a reader shows both. */
export interface CorrectionEntry extends EntryStamp<SinceVersion2> {
  readonly t: "correction";
  /** The outcome that it is about: in this log, before this entry, or in another log. */
  readonly of: { readonly origin: string; readonly index: number };
  /** Position in the outcome's attempts. */
  readonly attempt: number;
  readonly evidence: AttemptEvidence;
  readonly reason: string;
}
