// Where the two evaluators do not say the same, and the smallest facts that show it.
import type { EndpointId, InstantMs } from "../../base/index.ts";
import type { Facts } from "../policy/facts.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { Evaluators } from "./evaluators.ts";
import type { PlainDecision } from "./plain-decision.ts";
import { type Ruling, rulingOf } from "./timeline.ts";

/** `permits-forbidden` is the one that must never be: the serving evaluator lets through what the plain one forbids. */
export type DisagreementKind = "permits-forbidden" | "refuses-lawful" | "names-another-refusal";

export interface Disagreement {
  readonly kind: DisagreementKind;
  readonly endpoints: readonly EndpointId[];
  readonly serving: Ruling["kind"];
  readonly plain: PlainRuling["kind"];
}

export interface Counterexample extends Disagreement {
  /** No claim can be left out of them without hiding the disagreement. */
  readonly facts: Facts;
  readonly atMs: InstantMs;
  /** What the policy must say otherwise for it to show; null: nothing. */
  readonly variant: string | null;
}

type PlainRuling = Pick<Ruling, "lawful"> & {
  readonly kind: "permit" | "no_lawful_endpoint" | "jurisdiction_unknown";
};

/** Null where they agree. */
export function disagreementOf(serving: Ruling, plainDecision: PlainDecision): Disagreement | null {
  const plain = plainRuling(plainDecision);
  const forbidden = serving.lawful.filter((id) => !plain.lawful.includes(id));
  const refused = plain.lawful.filter((id) => !serving.lawful.includes(id));
  const said = { serving: serving.kind, plain: plain.kind };
  if (forbidden.length > 0) return { kind: "permits-forbidden", endpoints: forbidden, ...said };
  if (refused.length > 0) return { kind: "refuses-lawful", endpoints: refused, ...said };
  return serving.kind === plain.kind ? null : { kind: "names-another-refusal", endpoints: [], ...said };
}

export interface Finding {
  readonly facts: Facts;
  /** When the serving evaluator was asked, in order; it disagreed at the last. */
  readonly instants: readonly InstantMs[];
  readonly law: LawPolicy;
  readonly variant: string | null;
}

/** Leaves out claims for as long as a disagreement of the same kind is left. Null if it does not show again. */
export function shrink(
  { facts, instants, law, variant }: Finding,
  evaluators: Evaluators,
): Counterexample | null {
  const atMs = instants.at(-1);
  if (atMs === undefined) return null;
  const look = (candidate: Facts): Disagreement | null => {
    const decider = evaluators.serving(law);
    const rulings = instants.map((instantMs) => rulingOf(decider.decide(candidate, instantMs)));
    const last = rulings.at(-1);
    return last ? disagreementOf(last, evaluators.plain(law, candidate, atMs)) : null;
  };
  const found = look(facts);
  if (found === null) return null;
  let smallest: Counterexample = { ...found, facts, atMs, variant };
  for (let candidate = smaller(smallest, look); candidate; candidate = smaller(smallest, look)) {
    smallest = candidate;
  }
  return smallest;
}

function smaller(
  { kind, facts, atMs, variant }: Counterexample,
  look: (facts: Facts) => Disagreement | null,
): Counterexample | null {
  for (const candidate of withOneLess(facts)) {
    const found = look(candidate);
    if (found?.kind === kind) return { ...found, facts: candidate, atMs, variant };
  }
  return null;
}

/** Every way to leave out one member of one list, or one optional fact. */
function withOneLess(facts: Facts): readonly Facts[] {
  return [
    ...Object.entries(facts).flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((_, index) => ({ ...facts, [name]: value.toSpliced(index, 1) })) : [],
    ),
    ...(facts.sector === null ? [] : [{ ...facts, sector: null }]),
    ...(facts.exporter === null ? [] : [{ ...facts, exporter: null }]),
  ];
}

function plainRuling(decision: PlainDecision): PlainRuling {
  if (decision.kind === "unknown") return { kind: "jurisdiction_unknown", lawful: [] };
  const lawful = [...decision.endpoints].toSorted();
  return { kind: lawful.length > 0 ? "permit" : "no_lawful_endpoint", lawful };
}
