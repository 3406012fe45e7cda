// Whoever opens it owns its state.
import type { InstantMs, PlaceSet } from "../base/index.ts";
import { decideFrom } from "./decide.ts";
import type { Decision, Refusal } from "./decision.ts";
import { derive } from "./derive.ts";
import type { Facts } from "./policy/facts.ts";
import { deepFreeze } from "./freeze.ts";
import type { Decider, LawPolicy } from "./policy/law-policy.ts";
import { type PreparedLaw, prepareLaw } from "./policy/prepare.ts";
import { Remembered } from "./remembered.ts";

const defaultMaxDecisions = 10_000;

/** `maxDecisions` bounds the memory. */
export function createDecider(
  policy: LawPolicy,
  { maxDecisions = defaultMaxDecisions }: { readonly maxDecisions?: number } = {},
): Decider {
  return new CachingDecider(policy, maxDecisions);
}

/**
 * There is one for each policy with its legal events. INVARIANT: what it remembers is given out only for equal facts, and
 * only within a span in which no rule behind the decision changes.
 */
class CachingDecider implements Decider {
  readonly #policy: LawPolicy;
  readonly #remembered: Remembered<Decision>;
  readonly #zoneNumbers = new WeakMap<PlaceSet, number>();
  #zoneCount = 0;
  #law: PreparedLaw | null = null;

  constructor(policy: LawPolicy, maxDecisions: number) {
    this.#policy = policy;
    this.#remembered = new Remembered(maxDecisions);
  }

  decide(facts: Facts, nowMs: InstantMs): Decision {
    try {
      const key = this.#keyOf(facts);
      const known = this.#remembered.get(key, nowMs);
      if (known) return known;
      const decision = this.#decide(facts, nowMs);
      this.#remembered.add(key, decision, { fromMs: nowMs, untilMs: expiryOf(decision) });
      return decision;
    } catch {
      // A forbid that fails to evaluate still forbids, and is not remembered. `explain` lets the error through.
      return { kind: "refusal", refusal: undecidable(this.#policy) };
    }
  }

  #decide(facts: Facts, nowMs: InstantMs): Decision {
    this.#law ??= prepareLaw(this.#policy);
    // All requests with the same facts share one decision, so nobody may change it.
    return deepFreeze(decideFrom(derive(this.#law, facts, nowMs), this.#law, facts));
  }

  /** Holds every fact that a rule, or the order of cells, may look at; neither the tenant's name nor a claim's basis is one. */
  #keyOf(facts: Facts): string {
    return JSON.stringify([
      facts.subjectPlaces.map(({ value }) => value),
      facts.subjectCitizenships.map(({ value }) => value),
      facts.subjectResidences.map(({ value }) => value),
      facts.controllerPlaces,
      facts.sector,
      facts.exporter,
      facts.classes.map(({ value }) => value),
      facts.attested,
      facts.persons,
      facts.counted,
      facts.requirements.map(({ level, zoneName, zone }) => [level, zoneName, this.#numberOf(zone)]),
      facts.receivingCell,
    ]);
  }

  /** Two zones of one name may hold different places, so a zone is known by its set. */
  #numberOf(zone: PlaceSet): number {
    const known = this.#zoneNumbers.get(zone);
    if (known !== undefined) return known;
    this.#zoneNumbers.set(zone, this.#zoneCount);
    return this.#zoneCount++;
  }
}

function expiryOf(decision: Decision): InstantMs | null {
  return decision.kind === "permit" ? decision.permit.terms.expiresAtMs : decision.refusal.expiresAtMs;
}

function undecidable(policy: LawPolicy): Refusal {
  return { kind: "undecidable", blocks: [], missing: [], policyHash: hashOf(policy), expiresAtMs: null };
}

function hashOf(policy: LawPolicy): string {
  try {
    return policy.hash;
  } catch {
    return "";
  }
}
