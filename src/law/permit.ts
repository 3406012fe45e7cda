import type { CellId, EndpointId, InstantMs, Place, RegimeId } from "../base/index.ts";
import { deepFreeze } from "./freeze.ts";
import type { EvidenceClass } from "./policy/regime.ts";

/** Why one regime lets one endpoint be used. */
export interface Ground {
  readonly regime: RegimeId;
  readonly kind: "home" | "free" | "mechanism" | "not-restricted";
  readonly article: string;
  /** The adequacy decision or the declared mechanism's id; null at home. */
  readonly instrument: string | null;
  readonly documents: Readonly<Record<string, string>>;
  readonly untilMs: InstantMs | null;
}

/** What the law said about one endpoint that may be used. */
export interface PermittedEndpoint {
  readonly id: EndpointId;
  readonly cell: CellId;
  readonly computes: readonly Place[];
  /** Why each regime lets it be used, and lets its cell receive the request on the way to it. */
  readonly grounds: readonly Ground[];
  /** Any of the grounds is `free` or `mechanism`: the data leaves some regime's home. */
  readonly isTransfer: boolean;
  /**
   * No transfer, and every home of its operator's and its cell's operator's control, parents in force included, lies in
   * the home of each applying regime that has one and in each required zone. `legal-first` prefers it.
   */
  readonly isSovereign: boolean;
}

export interface PermitTerms {
  readonly endpoints: readonly PermittedEndpoint[];
  readonly regimes: readonly RegimeId[];
  readonly obligations: readonly string[];
  readonly evidenceMin: EvidenceClass;
  readonly policyHash: string;
  /** The next moment at which any rule behind this decision changes; null when none is known. */
  readonly expiresAtMs: InstantMs | null;
}

const issuer: unique symbol = Symbol("issuer");

/**
 * Proof that the law allows one request to be sent to the named endpoints. Only `decide` issues one, and it can
 * only be narrowed; whatever opens a connection wants one. A look-alike fails to compile and fails at run time.
 */
export class Permit {
  static {
    // Otherwise one assignment would make every permit cover everything, or everything a permit.
    Object.freeze(this.prototype);
    Object.freeze(this);
  }

  readonly #terms: PermitTerms;
  readonly #byId: ReadonlyMap<EndpointId, PermittedEndpoint>;

  constructor(key: typeof issuer, terms: PermitTerms) {
    if (key !== issuer) throw new TypeError("a permit is issued only by decide()");
    this.#terms = deepFreeze(terms);
    this.#byId = new Map(terms.endpoints.map((endpoint) => [endpoint.id, endpoint]));
    Object.freeze(this);
  }

  static isPermit(value: unknown): value is Permit {
    return typeof value === "object" && value !== null && #terms in value;
  }

  get terms(): PermitTerms {
    return this.#terms;
  }

  endpoint(id: EndpointId): PermittedEndpoint | undefined {
    return this.#byId.get(id);
  }

  /** Whether this permit covers sending to `id` at `nowMs`. An expired permit covers nothing. */
  covers(id: EndpointId, nowMs: InstantMs): boolean {
    const { expiresAtMs } = this.#terms;
    return this.#byId.has(id) && (expiresAtMs === null || nowMs < expiresAtMs);
  }

  /** The same permit with fewer endpoints: those that `keep` accepts. INVARIANT: nothing else of its terms changes. */
  narrow(keep: (endpoint: PermittedEndpoint) => boolean): Permit {
    return new Permit(issuer, { ...this.#terms, endpoints: this.#terms.endpoints.filter(keep) });
  }

  /** The same permit with its endpoints in the order that `compare` gives them. Those that are equal stay as they are. */
  sorted(compare: (left: PermittedEndpoint, right: PermittedEndpoint) => number): Permit {
    return new Permit(issuer, { ...this.#terms, endpoints: this.#terms.endpoints.toSorted(compare) });
  }
}

/** Only `decide` may call this; the room's door does not hand it out. */
export function issuePermit(terms: PermitTerms): Permit {
  return new Permit(issuer, terms);
}
