import type { CellId, EndpointId, InstantMs, RegimeId } from "../base/index.ts";
import type { Permit } from "./permit.ts";

/** Why one rule keeps one endpoint, or one cell, from being used. */
export interface Block {
  readonly target: EndpointId | CellId;
  /** `regime id`, or `requires:<level>:<zone>` for a tenant's own requirement. */
  readonly rule: RegimeId | string;
  readonly article: string;
  /** One sentence that names the value and the reason; it holds no fact about the subject beyond place and class. */
  readonly reason: string;
}

export interface Refusal {
  readonly kind: "no_lawful_endpoint" | "jurisdiction_unknown" | "undecidable";
  readonly blocks: readonly Block[];
  /** Names of the facts whose absence caused the refusal. */
  readonly missing: readonly string[];
  readonly policyHash: string;
  readonly expiresAtMs: InstantMs | null;
}

/**
 * `cells` are the cells that may receive the request and hold a lawful endpoint for it, in order of preference;
 * the permit's endpoints are all in those cells. Whether the asked cell is one of them is the gateway's question.
 */
export type Decision =
  | {
      readonly kind: "permit";
      readonly permit: Permit;
      readonly cells: readonly CellId[];
      readonly blocks: readonly Block[];
    }
  | { readonly kind: "refusal"; readonly refusal: Refusal };
