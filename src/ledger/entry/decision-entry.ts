import type { CellId, EndpointId, Place, RegimeId, RequestId } from "../../base/index.ts";
import type { EntryStamp } from "./log-head.ts";

/**
 * Durable before a byte of the request leaves the cell. Refusals are decisions too. A `permit` opens a pair that
 * exactly one outcome closes; `refuse` and `redirect` are complete in themselves, for nothing runs after them.
 */
export interface DecisionEntry extends EntryStamp<3> {
  readonly t: "decision";
  readonly rid: RequestId;
  /** 0 for a request's first decision; how often it was decided again before, because the law changed under way. */
  readonly revision: number;
  /** Opaque handles: of the tenant, and of the key that made `req`; neither can be turned back into a name. */
  readonly tenant: string;
  readonly subject: string;
  /** HMAC-SHA256 under the subject key, hex; null when the body was not read. */
  readonly req: string | null;
  readonly policy: string;
  readonly verdict: "permit" | "refuse" | "redirect";
  /** The closed error type that the caller saw; null for a permit. */
  readonly error: string | null;
  readonly places: readonly { readonly place: Place; readonly basis: string }[];
  readonly classes: readonly string[];
  readonly regimes: readonly RegimeId[];
  readonly model: string | null;
  /**
   * The endpoints that this request may be sent to, best first. Where the law allows more than fit into an entry
   * (`fitDecision`), the permit is narrowed to these: what is not recorded is not used.
   */
  readonly allowed: readonly AllowedEndpoint[];
  /** How many endpoints the law allowed; at least the length of `allowed`. */
  readonly allowedCount: number;
  readonly blocked: readonly BlockedTarget[];
  /** How many blocks there were; at least the length of `blocked`, which names as many rules as fit. */
  readonly blockedCount: number;
  readonly obligations: readonly string[];
}

export interface AllowedEndpoint {
  readonly endpoint: EndpointId;
  readonly computes: readonly Place[];
  readonly transfer: boolean;
  readonly grounds: readonly {
    readonly regime: RegimeId;
    /** The policy's and its packs' own words, as are the documents. */
    readonly instrument: string | null;
    readonly documents: Readonly<Record<string, string>>;
  }[];
}

export interface BlockedTarget {
  readonly target: EndpointId | CellId;
  readonly rule: string;
}
