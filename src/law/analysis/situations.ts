// Every request that could come, by what the law can see of it.
import type { Place } from "../../base/index.ts";
import { type Claim, type DataClass, dataClasses, type Facts } from "../policy/facts.ts";
import { type Alike, sectorsAlike, placesAlike } from "./alike.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import { type AnalysedTenant, type Deployment } from "./deployment.ts";
import { otherwise } from "./otherwise.ts";

/**
 * A request of a tenant. Claims are added to what the contract says, and narrow it. One added place and one added class
 * at a time: more of them apply no regime that one of them alone would not, but through a `not`, which the property
 * tests of the law hold to "one more claim never widens".
 */
export interface Situation {
  readonly tenant: AnalysedTenant;
  readonly facts: Facts;
  /** Alike places of which one is claimed beside the contract's; null: none is. */
  readonly claimedPlaces: Alike<Place> | null;
  readonly claimedClass: DataClass | null;
  /** Only the contract's own sector, with the places that it declares all together. */
  readonly isContractual: boolean;
}

export interface Vocabulary {
  readonly places: readonly Alike<Place>[];
  readonly sectors: readonly Alike<string | null>[];
}

/** The words in which requests to any of the deployments differ. */
export function vocabularyOf(deployments: readonly Deployment[]): Vocabulary {
  const laws = deployments.map(({ law }) => law);
  return { places: placesAlike(deployments), sectors: sectorsAlike(laws) };
}

/** Requests under the tenant's contract: as it stands, and with one more place claimed. */
export function* claimedAbroad(tenant: AnalysedTenant, { places }: Vocabulary): Generator<Situation> {
  for (const claimedPlaces of [null, ...places]) {
    const facts = withPlace(tenant.facts, claimedPlaces);
    yield { tenant, facts, claimedPlaces, claimedClass: null, isContractual: true };
  }
}

/** The same, with one more class claimed as well. */
export function* claimedAtAll(tenant: AnalysedTenant, vocabulary: Vocabulary): Generator<Situation> {
  for (const situation of claimedAbroad(tenant, vocabulary)) {
    yield situation;
    for (const claimedClass of dataClasses) {
      yield { ...situation, claimedClass, facts: withClass(situation.facts, claimedClass) };
    }
  }
}

/**
 * The same in every sector that a rule names, and for each place alone that a signal may choose among the contract's; and
 * the contract with one thing otherwise than it says.
 */
export function* everySituation(
  tenant: AnalysedTenant,
  vocabulary: Vocabulary,
  law: LawPolicy,
): Generator<Situation> {
  yield* claimedAtAll(tenant, vocabulary);
  for (const facts of variantsOf(tenant.facts, vocabulary.sectors)) {
    for (const situation of claimedAtAll({ ...tenant, facts }, vocabulary)) {
      yield { ...situation, tenant, isContractual: false };
    }
  }
  for (const facts of otherwise(tenant.facts, law, vocabulary.places)) {
    yield { tenant, facts, claimedPlaces: null, claimedClass: null, isContractual: false };
  }
}

function variantsOf(facts: Facts, sectors: Vocabulary["sectors"]): readonly Facts[] {
  const { subjectPlaces } = facts;
  const chosen = subjectPlaces.length > 1 ? subjectPlaces.map((claim) => [claim]) : [];
  return [subjectPlaces, ...chosen].flatMap((places) =>
    [...new Set([facts.sector, ...sectors.map(([first]) => first)])]
      .filter((sector) => places !== subjectPlaces || sector !== facts.sector)
      .map((sector) => ({ ...facts, subjectPlaces: places, sector })),
  );
}

function withPlace(facts: Facts, places: Alike<Place> | null): Facts {
  if (places === null) return facts;
  return { ...facts, subjectPlaces: [...facts.subjectPlaces, fromHeader(places[0])] };
}

function withClass(facts: Facts, dataClass: DataClass): Facts {
  return { ...facts, classes: [...facts.classes, fromHeader(dataClass)] };
}

function fromHeader<Value>(value: Value): Claim<Value> {
  return { value, basis: "header" };
}
