// What stops or starts being lawful by itself, and when: not what the law's text says, but what it does to this policy.
import type { CellId, EndpointId, InstantMs, Place } from "../../base/index.ts";
import type { Block, Decision } from "../decision.ts";
import type { Decider } from "../policy/law-policy.ts";
import { boundariesOf, type Boundary, instantsOf, type Period } from "./boundaries.ts";
import { type Deployment, reachableBy } from "./deployment.ts";
import { type Digest, digester } from "./digest.ts";
import { productEvaluators } from "./evaluators.ts";
import { claimedAbroad, type Situation, type Vocabulary, vocabularyOf } from "./situations.ts";
import { rulingOf } from "./timeline.ts";

/** A change of verdicts at one instant. */
export interface LawChange {
  readonly atMs: InstantMs;
  readonly effect: "stops-being-lawful" | "starts-being-lawful";
  readonly tenants: readonly string[];
  /** Null: requests under the contract, whatever they claim. Otherwise those alone that claim one of these as well. */
  readonly places: readonly Place[] | null;
  readonly endpoints: readonly EndpointId[];
  /** Rules that forbid from then on, or that forbade until then. */
  readonly rules: readonly string[];
  /** What begins or ends at the instant, such as `(EU) 2025/2574 ends`. */
  readonly causes: readonly string[];
}

/** Nothing changes by itself, and somebody should look. */
export interface ReviewDue {
  readonly atMs: InstantMs;
  readonly regime: string;
}

export interface LawCalendar {
  readonly changes: readonly LawChange[];
  readonly reviews: readonly ReviewDue[];
}

/** In order of time. A change at `fromMs` itself is not one any more; one at `untilMs` is not yet. */
export function calendarOf(deployment: Deployment, period: Period): LawCalendar {
  const { law } = deployment;
  const almanac: Almanac = {
    deployment,
    period,
    boundaries: boundariesOf(law),
    vocabulary: vocabularyOf([deployment]),
    cellOf: new Map(law.endpoints.map(({ id, cell }) => [id, cell])),
    digestOf: digester(law, productEvaluators.readings),
  };
  const found = deployment.tenants.flatMap((tenant) => changesFor(tenant, almanac));
  return {
    changes: merged(found).toSorted((left, right) => left.atMs - right.atMs),
    reviews: law.regimes
      .map(({ id, reviewByMs }) => ({ atMs: reviewByMs, regime: id as string }))
      .filter(({ atMs }) => period.fromMs < atMs && atMs < period.untilMs)
      .toSorted((left, right) => left.atMs - right.atMs),
  };
}

interface Almanac {
  readonly deployment: Deployment;
  readonly period: Period;
  readonly boundaries: readonly Boundary[];
  readonly vocabulary: Vocabulary;
  readonly cellOf: ReadonlyMap<EndpointId, CellId>;
  readonly digestOf: (facts: Situation["facts"]) => Digest;
}

/** For claimed places it tells only what does not happen under the contract alone, since a claim adds to that. */
function changesFor(tenant: Situation["tenant"], almanac: Almanac): readonly LawChange[] {
  const byDigest = new Map<string, readonly LawChange[]>();
  const told = new Set<string>();
  const all: LawChange[] = [];
  for (const situation of claimedAbroad(tenant, almanac.vocabulary)) {
    const { claimedPlaces: places } = situation;
    const digest = almanac.digestOf(situation.facts);
    const changes = byDigest.get(digest.text) ?? changesIn(situation, digest, almanac);
    byDigest.set(digest.text, changes);
    if (places === null) changes.forEach((change) => told.add(contentOf(change)));
    const untold = changes.filter((change) => places === null || !told.has(contentOf(change)));
    all.push(...untold.map((change) => ({ ...change, places: places && [...places] })));
  }
  return all;
}

function changesIn(
  { tenant, facts }: Situation,
  { regimes }: Digest,
  { deployment, period, boundaries, cellOf }: Almanac,
): readonly LawChange[] {
  const decider = productEvaluators.serving(deployment.law);
  const [, ...instants] = instantsOf(boundaries, { exporter: facts.exporter, regimes }, period);
  const reachable = reachableBy(tenant, deployment);
  return instants.flatMap((atMs) => {
    const turn = turnAt(decider, facts, atMs);
    const lost = turn.before.lawful.filter((id) => reachable.has(id) && !turn.after.lawful.includes(id));
    const won = turn.after.lawful.filter((id) => reachable.has(id) && !turn.before.lawful.includes(id));
    const here = boundaries.filter((boundary) => boundary.atMs === atMs);
    const change = { atMs, tenants: [tenant.id], places: null };
    const scene = { here, cellOf };
    return [
      ...(lost.length === 0 ? [] : [{ ...change, ...blame(turn.after, lost, scene), ...stops }]),
      ...(won.length === 0 ? [] : [{ ...change, ...blame(turn.before, won, scene), ...starts }]),
    ];
  });
}

const stops = { effect: "stops-being-lawful" } as const;
const starts = { effect: "starts-being-lawful" } as const;

interface Side {
  readonly lawful: readonly EndpointId[];
  readonly blocks: readonly Block[];
}

/** Decides the same facts just before the instant and at it. */
function turnAt(
  decider: Decider,
  facts: Situation["facts"],
  atMs: InstantMs,
): { readonly before: Side; readonly after: Side } {
  return { before: sideOf(decider.decide(facts, atMs - 1)), after: sideOf(decider.decide(facts, atMs)) };
}

function sideOf(decision: Decision): Side {
  const blocks = decision.kind === "permit" ? decision.blocks : decision.refusal.blocks;
  return { lawful: rulingOf(decision).lawful, blocks };
}

interface Scene {
  /** What begins or ends at the instant. */
  readonly here: readonly Boundary[];
  readonly cellOf: ReadonlyMap<EndpointId, CellId>;
}

/** The rules that forbid the endpoints on the side where they are forbidden, and what of them begins or ends. */
function blame(
  { blocks }: Side,
  endpoints: readonly EndpointId[],
  { here, cellOf }: Scene,
): Pick<LawChange, "endpoints" | "rules" | "causes"> {
  const targets = new Set<string>(endpoints.flatMap((id) => [id, cellOf.get(id) ?? id]));
  const blocking = blocks.filter(({ target }) => targets.has(target));
  const rules = [...new Set(blocking.map(({ rule }) => rule))].toSorted();
  const own = here.filter(({ regime }) => regime === null || rules.includes(regime.id));
  const causes = (own.length > 0 ? own : here).map(({ what, edge }) => `${what} ${edge}`);
  return { endpoints, rules, causes: [...new Set(causes)].toSorted() };
}

function contentOf({ atMs, effect, tenants, endpoints, rules, causes }: LawChange): string {
  return JSON.stringify([atMs, effect, tenants, endpoints, rules, causes]);
}

/** One change for all tenants and for all claimed places that it befalls alike. */
function merged(changes: readonly LawChange[]): readonly LawChange[] {
  const byPlaces = mergeBy(
    changes,
    (change) => ({ ...change, places: change.places && [] }),
    (left, right) => ({
      ...left,
      places: left.places && [...left.places, ...(right.places ?? [])].toSorted(),
    }),
  );
  return mergeBy(
    byPlaces,
    (change) => ({ ...change, tenants: [] }),
    (left, right) => ({
      ...left,
      tenants: [...left.tenants, ...right.tenants].toSorted(),
    }),
  );
}

function mergeBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => unknown,
  merge: (left: Value, right: Value) => Value,
): readonly Value[] {
  const found = new Map<string, Value>();
  for (const value of values) {
    const key = JSON.stringify(keyOf(value));
    const known = found.get(key);
    found.set(key, known === undefined ? value : merge(known, value));
  }
  return [...found.values()];
}
