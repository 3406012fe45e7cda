// Every step from facts to decision, as plain data that can be printed: `explain` shows it, `decide` is made from it.
import type { CellId, EndpointId, InstantMs, Place, RegimeId } from "../base/index.ts";
import type { Ground } from "./permit.ts";

export interface Derivation {
  readonly policyHash: string;
  readonly nowMs: InstantMs;
  /** Facts without which nobody can say which law applies. Where there are any, nothing is permitted. */
  readonly missing: readonly string[];
  readonly regimes: readonly RegimeStanding[];
  readonly cells: readonly CellDerivation[];
  readonly endpoints: readonly EndpointDerivation[];
  /** The next instant at which any answer above changes; null when none is known. */
  readonly expiresAtMs: InstantMs | null;
}

/** Whether one regime applies to the request, and by which claims. */
export interface RegimeStanding {
  readonly regime: RegimeId;
  readonly title: string;
  /** `by-operator`: it depends on who runs the cell or endpoint, and is answered for each of them. */
  readonly applies: "yes" | "no" | "by-operator";
  readonly because: readonly string[];
}

/** What one rule says of one cell or endpoint. */
export interface Verdict {
  /** Regime id, or `requires:<level>:<zone>` for a tenant's requirement, or `siting` for what must be known at all. */
  readonly rule: RegimeId | string;
  readonly article: string;
  readonly passes: boolean;
  readonly reason: string;
  /** The fact whose absence is the reason. */
  readonly missing: string | null;
  /** Filled only where a regime passes. */
  readonly grounds: readonly Ground[];
  /** Which declared mechanisms were tried, and what kept each from working. */
  readonly tried: readonly string[];
}

export interface CellDerivation {
  readonly id: CellId;
  /** The regimes that depend on the operator, answered for this one. */
  readonly byOperator: readonly RegimeStanding[];
  readonly verdicts: readonly Verdict[];
  readonly isLawful: boolean;
}

export interface EndpointDerivation {
  readonly id: EndpointId;
  readonly cell: CellId;
  readonly computes: readonly Place[];
  /** The regimes that depend on the operator, answered for this one and its cell's. */
  readonly byOperator: readonly RegimeStanding[];
  readonly verdicts: readonly Verdict[];
  /** Every rule passes here, and the endpoint's cell is lawful too. */
  readonly isLawful: boolean;
  readonly isTransfer: boolean;
  readonly isSovereign: boolean;
}
