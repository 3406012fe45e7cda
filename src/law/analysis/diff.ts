// What a new policy allows that the old one did not, and the other way round: as requests, not as lines of text.
import type { EndpointId, InstantMs, Place } from "../../base/index.ts";
import { type DataClass, dataClasses } from "../policy/facts.ts";
import { boundariesOf, type Boundary, instantsOf, type Period } from "./boundaries.ts";
import { type AnalysedTenant, type Deployment, reachableBy } from "./deployment.ts";
import { type Digest, digester } from "./digest.ts";
import { productEvaluators } from "./evaluators.ts";
import { claimedAtAll, type Situation, type Vocabulary, vocabularyOf } from "./situations.ts";
import { type Ruling, rulingsBy } from "./timeline.ts";

export interface PolicyDiff {
  /** In order of kind, time, tenants, endpoints. Empty: the policies serve the same requests in the same places. */
  readonly patterns: readonly FactPattern[];
  /** How many places and classes were tried: a pattern with all of them, and with null, holds whatever is claimed. */
  readonly places: number;
  readonly classes: number;
}

/** Every request of one of the tenants with one of these claims finds this of every one of the endpoints. */
export interface FactPattern {
  readonly kind: "newly-allowed" | "newly-refused" | "newly-transfer" | "no-longer-transfer";
  /** Whether the policy that allows it calls it a transfer; true where both allow it and only this differs. */
  readonly isTransfer: boolean;
  /** From when in the period it is so. */
  readonly fromMs: InstantMs;
  readonly tenants: readonly string[];
  /** Claimed beside the contract; null: nothing is. */
  readonly places: readonly (Place | null)[];
  readonly classes: readonly (DataClass | null)[];
  readonly endpoints: readonly EndpointId[];
}

/** Compares over the whole period, so that what a policy allows only from a later date is found today. */
export function diffPolicies(before: Deployment, after: Deployment, period: Period): PolicyDiff {
  const vocabulary = vocabularyOf([before, after]);
  const [old, young] = [sideOf(before, period), sideOf(after, period)];
  const ids = new Set([...before.tenants, ...after.tenants].map(({ id }) => id));
  const patterns = [...ids].toSorted().flatMap((id) => {
    const both = [old, young].map((side) => requestsOf(side, id, vocabulary));
    return patternsOf(id, both[0] ?? [], both[1] ?? []);
  });
  return { patterns: merged(patterns), places: vocabulary.places.flat().length, classes: dataClasses.length };
}

interface Side {
  readonly deployment: Deployment;
  readonly period: Period;
  readonly boundaries: readonly Boundary[];
  readonly digestOf: (facts: Situation["facts"]) => Digest;
}

/** One request as one of the policies sees it. */
interface Request {
  readonly situation: Situation;
  readonly digest: string;
  readonly instants: readonly InstantMs[];
  readonly rule: (instantMs: InstantMs) => Ruling;
  /** What no model of the tenant's would use is nothing to it, lawful or not. */
  readonly reachable: ReadonlySet<EndpointId>;
}

function sideOf(deployment: Deployment, period: Period): Side {
  return {
    deployment,
    period,
    boundaries: boundariesOf(deployment.law),
    digestOf: digester(deployment.law, productEvaluators.readings),
  };
}

/** Lists requests in one order for both policies; none for a tenant that the policy does not have. */
function requestsOf(side: Side, id: AnalysedTenant["id"], vocabulary: Vocabulary): readonly Request[] {
  const tenant = side.deployment.tenants.find((each) => each.id === id);
  if (!tenant) return [];
  const reachable = reachableBy(tenant, side.deployment);
  const decider = productEvaluators.serving(side.deployment.law);
  return Array.from(claimedAtAll(tenant, vocabulary), (situation) => {
    const { facts } = situation;
    const { text: digest, regimes } = side.digestOf(facts);
    const instants = instantsOf(side.boundaries, { exporter: facts.exporter, regimes }, side.period);
    return { situation, digest, instants, rule: rulingsBy(decider, facts), reachable };
  });
}

function patternsOf(
  tenant: string,
  before: readonly Request[],
  after: readonly Request[],
): readonly FactPattern[] {
  const known = new Map<string, readonly Difference[]>();
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [old, young] = [before[index], after[index]];
    const situation = (young ?? old)?.situation;
    const digest = JSON.stringify([old?.digest, young?.digest]);
    const differences = known.get(digest) ?? differencesOf(old, young);
    known.set(digest, differences);
    return differences.map((difference) => ({
      ...difference,
      tenants: [tenant],
      places: situation?.claimedPlaces ?? [null],
      classes: [situation?.claimedClass ?? null],
    }));
  }).flat();
}

type Difference = Pick<FactPattern, "kind" | "isTransfer" | "fromMs" | "endpoints">;

/** Each endpoint's differences, each from the first instant at which it is there. */
function differencesOf(old: Request | undefined, young: Request | undefined): readonly Difference[] {
  const instants = new Set([...(old?.instants ?? []), ...(young?.instants ?? [])]);
  const found = new Map<string, Difference>();
  for (const fromMs of [...instants].toSorted((left, right) => left - right)) {
    const [before, after] = [standingsAt(old, fromMs), standingsAt(young, fromMs)];
    for (const id of new Set([...before.keys(), ...after.keys()])) {
      const change = changeOf(before.get(id), after.get(id));
      const key = JSON.stringify([change, id]);
      if (change && !found.has(key)) found.set(key, { ...change, fromMs, endpoints: [id] });
    }
  }
  return [...found.values()];
}

type Residence = "at-home" | "transfer";

/** The lawful endpoints at the instant. */
function standingsAt(request: Request | undefined, instantMs: InstantMs): ReadonlyMap<EndpointId, Residence> {
  if (!request) return new Map();
  const { lawful, transfers } = request.rule(instantMs);
  return new Map(
    lawful
      .filter((id) => request.reachable.has(id))
      .map((id) => [id, transfers.includes(id) ? "transfer" : "at-home"]),
  );
}

function changeOf(
  before: Residence | undefined,
  after: Residence | undefined,
): Pick<FactPattern, "kind" | "isTransfer"> | null {
  if (before === after) return null;
  if (before === undefined) return { kind: "newly-allowed", isTransfer: after === "transfer" };
  if (after === undefined) return { kind: "newly-refused", isTransfer: before === "transfer" };
  return { kind: after === "transfer" ? "newly-transfer" : "no-longer-transfer", isTransfer: true };
}

type Dimension = "tenants" | "places" | "classes" | "endpoints";

/** INVARIANT: patterns that differ in one dimension alone are one, so each stays the product of its sets. */
function merged(patterns: readonly FactPattern[]): readonly FactPattern[] {
  const order: readonly Dimension[] = ["endpoints", "classes", "places", "tenants"];
  const whole = order.reduce<readonly FactPattern[]>(mergedAlong, patterns);
  return whole
    .map((pattern) => ({ pattern, key: JSON.stringify(Object.values(sorted(pattern))) }))
    .toSorted((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ pattern }) => sorted(pattern));
}

function mergedAlong(patterns: readonly FactPattern[], dimension: Dimension): readonly FactPattern[] {
  const found = new Map<string, FactPattern>();
  for (const pattern of patterns) {
    const key = JSON.stringify(sorted({ ...pattern, [dimension]: [] }));
    const known = found.get(key);
    const joined = known
      ? { ...pattern, [dimension]: [...known[dimension], ...pattern[dimension]] }
      : pattern;
    found.set(key, joined);
  }
  return [...found.values()];
}

/** Puts members and keys in one order. Null comes first: `toSorted` would read it as a word. */
function sorted({ kind, isTransfer, fromMs, ...pattern }: FactPattern): FactPattern {
  return {
    kind,
    isTransfer,
    fromMs,
    tenants: pattern.tenants.toSorted(),
    endpoints: pattern.endpoints.toSorted(),
    places: pattern.places.toSorted(nullFirst),
    classes: pattern.classes.toSorted(nullFirst),
  };
}

function nullFirst(left: string | null, right: string | null): number {
  if (left === right) return 0;
  return left === null || (right !== null && left < right) ? -1 : 1;
}
