import type { InstantMs, Place } from "../../base/index.ts";
import type { Decision } from "../decision.ts";
import type { Cell, Endpoint } from "./endpoint.ts";
import type { Facts } from "./facts.ts";
import type { LegalEvent } from "./legal-event.ts";
import type { DeclaredMechanism, Regime, Validity } from "./regime.ts";

/** A law that no pinned pack states, and whose author has said that he goes on without it. */
export interface Acceptance {
  readonly place: Place;
  /** Who answers for it. */
  readonly by: string;
  readonly validity: Validity;
}

/** All that a decision depends on besides the request's facts and the clock. */
export interface LawPolicy {
  readonly regimes: readonly Regime[];
  readonly mechanisms: readonly DeclaredMechanism[];
  readonly acceptances: readonly Acceptance[];
  readonly cells: readonly Cell[];
  readonly endpoints: readonly Endpoint[];
  /** The legal events that the cell holds, of whatever time. A policy that was only read from its file has none. */
  readonly events?: readonly LegalEvent[];
  /** SHA-256 of the policy, of its packs, and of the events, hex: goes into every permit, header and ledger entry. */
  readonly hash: string;
}

/**
 * Decides, and remembers decisions by their facts until the next moment at which any rule behind them changes.
 * Never throws: an error while deciding is a refusal of kind `undecidable`.
 */
export interface Decider {
  decide(facts: Facts, nowMs: InstantMs): Decision;
}
