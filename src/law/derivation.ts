// Every step from facts to decision, as plain data that can be printed: `explain` shows it, `decide` is made from it.
import type { CellId, EndpointId, InstantMs, Place, RegimeId } from "../base/index.ts";
import type { Ground } from "./permit.ts";
import type { Role } from "./policy/facts.ts";
import type { Choice } from "./rules/need.ts";

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

/**
 * `lawful-only-with`: it rests on a tool or a contract that is there, or it would be lawful with what is missing.
 * `unlawful`: nothing that anybody could supply makes it lawful.
 */
export const words = ["lawful", "lawful-only-with", "unlawful"] as const;
export type Word = (typeof words)[number];

/** What one rule says of one cell or endpoint. */
export interface Verdict {
  /** Regime id, or `requires:<level>:<zone>` for a tenant's requirement, or `siting` for what must be known at all. */
  readonly rule: RegimeId | string;
  readonly article: string;
  readonly passes: boolean;
  /** The tenant's own wish, or a law that looks at who runs a machine only because of it: no use is unlawful by that. */
  readonly isWish: boolean;
  readonly reason: string;
  /** The fact whose absence is the reason. */
  readonly missing: string | null;
  /** Filled only where a regime passes. */
  readonly grounds: readonly Ground[];
  /** Contracts on which it rests where it passes, and those of which nobody said whether they are there. */
  readonly contracts: readonly string[];
  readonly assumes: readonly string[];
  /** Where it passes only because the exporter, who has not said what he is, is taken for one who fits its tools. */
  readonly assumesRoles: readonly Role[];
  /** Where it blocks: each of these choices must be made. One without a way cannot be, and then nothing cures it. */
  readonly choices: readonly Choice[];
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
  /** What the law says, whatever the tenant wishes beside it. */
  readonly word: Word;
  readonly isTransfer: boolean;
  readonly isSovereign: boolean;
}
