import type { InstantMs, PlaceSet } from "../base/index.ts";
import { decideFrom } from "./decide.ts";
import type { Decision, Refusal } from "./decision.ts";
import { derive } from "./derive.ts";
import type { Facts } from "./facts.ts";
import { deepFreeze } from "./freeze.ts";
import type { Decider, LawPolicy } from "./law-policy.ts";
import { type PreparedLaw, prepareLaw } from "./prepare.ts";

const defaultMaxDecisions = 10_000;

/**
 * `maxDecisions` bounds the memory: when that many fact tuples are remembered, all are forgotten. To think again costs
 * some 100 µs, so nothing cleverer is worth its lines.
 */
export function createDecider(
  policy: LawPolicy,
  { maxDecisions = defaultMaxDecisions }: { readonly maxDecisions?: number } = {},
): Decider {
  return new CachingDecider(policy, maxDecisions);
}

interface Remembered {
  readonly decision: Decision;
  readonly fromMs: InstantMs;
  readonly untilMs: InstantMs;
}

class CachingDecider implements Decider {
  readonly #policy: LawPolicy;
  readonly #maxDecisions: number;
  readonly #remembered = new Map<string, Remembered>();
  readonly #zoneNumbers = new WeakMap<PlaceSet, number>();
  #zoneCount = 0;
  #law: PreparedLaw | null = null;

  constructor(policy: LawPolicy, maxDecisions: number) {
    this.#policy = policy;
    this.#maxDecisions = maxDecisions;
  }

  decide(facts: Facts, nowMs: InstantMs): Decision {
    try {
      const key = this.#keyOf(facts);
      const known = this.#remembered.get(key);
      // The clock may have gone back to before the decision was made: nothing is known about that time.
      if (known && known.fromMs <= nowMs && nowMs < known.untilMs) return known.decision;
      return this.#remember(key, this.#decide(facts, nowMs), nowMs);
    } catch {
      // A forbid that fails to evaluate still forbids. `explain` lets the error through, for whoever looks for it.
      return { kind: "refusal", refusal: undecidable(this.#policy) };
    }
  }

  #decide(facts: Facts, nowMs: InstantMs): Decision {
    this.#law ??= prepareLaw(this.#policy);
    return deepFreeze(decideFrom(derive(this.#law, facts, nowMs), this.#law, facts));
  }

  #remember(key: string, decision: Decision, nowMs: InstantMs): Decision {
    if (this.#remembered.size >= this.#maxDecisions) this.#remembered.clear();
    const untilMs = expiryOf(decision) ?? Number.POSITIVE_INFINITY;
    this.#remembered.set(key, { decision, fromMs: nowMs, untilMs });
    return decision;
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
