import type { EndpointId, InstantMs } from "../../base/index.ts";
import type { Decision } from "../decision.ts";
import type { Facts } from "../policy/facts.ts";
import type { Decider } from "../policy/law-policy.ts";

/** The outcome of decisions in the words of the analyses, without reasons. */
export interface Ruling {
  readonly kind: "permit" | "no_lawful_endpoint" | "jurisdiction_unknown" | "undecidable";
  /** In order of id. */
  readonly lawful: readonly EndpointId[];
  /** Those of them to which the data would be transferred. */
  readonly transfers: readonly EndpointId[];
}

export interface Span {
  readonly fromMs: InstantMs;
  readonly untilMs: InstantMs;
  readonly ruling: Ruling;
}

export function rulingOf(decision: Decision): Ruling {
  if (decision.kind === "refusal") return { kind: decision.refusal.kind, lawful: [], transfers: [] };
  const { endpoints } = decision.permit.terms;
  return {
    kind: "permit",
    lawful: endpoints.map(({ id }) => id).toSorted(),
    transfers: endpoints.flatMap(({ id, isTransfer }) => (isTransfer ? [id] : [])).toSorted(),
  };
}

/** One span for each run of equal rulings. `instants` are all at which the ruling may change, in order. */
export function timelineOf(
  rule: (instantMs: InstantMs) => Ruling,
  instants: readonly InstantMs[],
  untilMs: InstantMs,
): readonly Span[] {
  const spans: Span[] = [];
  for (const [index, fromMs] of instants.entries()) {
    const ruling = rule(fromMs);
    const endMs = instants[index + 1] ?? untilMs;
    const previous = spans.at(-1);
    if (previous && isSameRuling(previous.ruling, ruling))
      spans.splice(-1, 1, { ...previous, untilMs: endMs });
    else spans.push({ fromMs, untilMs: endMs, ruling });
  }
  return spans;
}

export function rulingsBy(decider: Decider, facts: Facts): (instantMs: InstantMs) => Ruling {
  return (instantMs) => rulingOf(decider.decide(facts, instantMs));
}

function isSameRuling(left: Ruling, right: Ruling): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
