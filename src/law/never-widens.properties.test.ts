// What may be added to a law, or become unknown, without ever making anything lawful that was not.
import { accessors } from "./policy/access.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  anyClassClaim,
  anyFacts,
  anyInstantMs,
  anyLawPolicy,
  anyPlaceClaim,
  anyRegime,
  anyRequirement,
} from "../../test/support/law-arbitraries.ts";
import { exclusionOf, type Place } from "../base/index.ts";
import { createDecider } from "./decider.ts";
import type { Decision } from "./decision.ts";
import type { Siting } from "./policy/endpoint.ts";
import { type Attestations, type Facts, nothingAttested } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";
import type { Regime } from "./policy/regime.ts";

const runs = { numRuns: 400 };

interface Given {
  readonly policy: LawPolicy;
  readonly facts: Facts;
  readonly nowMs: number;
}

const anyGiven: fc.Arbitrary<Given> = fc.record({
  policy: anyLawPolicy,
  facts: anyFacts,
  nowMs: anyInstantMs,
});

interface Change {
  readonly title: string;
  readonly change: (given: Given) => fc.Arbitrary<Given>;
}

const forbids: readonly Change[] = [
  {
    // Its `covers` is empty: stating a law that was unknown may turn a refusal into a permit, and should.
    title: "one more regime",
    change: ({ policy, ...rest }) =>
      anyRegime("r-9").map((regime) => ({
        ...rest,
        policy: { ...policy, regimes: [...policy.regimes, { ...regime, covers: new Set() }] },
      })),
  },
  { title: "one more claim about the subject's place", change: addFact("subjectPlaces", anyPlaceClaim) },
  { title: "one more claim about citizenship", change: addFact("subjectCitizenships", anyPlaceClaim) },
  {
    title: "one more place of the controller",
    change: addFact(
      "controllerPlaces",
      anyPlaceClaim.map(({ value }) => value),
    ),
  },
  { title: "one more class", change: addFact("classes", anyClassClaim) },
  { title: "one more requirement", change: addFact("requirements", anyRequirement) },
  {
    title: "a subject's place that no pack covers",
    change: addFact("subjectPlaces", fc.constant({ value: "BR" as Place, basis: "geo-ip" })),
  },
  {
    title: "one more place where every endpoint may compute",
    change: changeEndpoints((computes, place) => (computes.length === 0 ? [] : [...computes, place])),
  },
  { title: "not knowing where the endpoints compute", change: changeEndpoints(() => []) },
  {
    title: "one more parent of every operator",
    change: ({ policy, ...rest }) =>
      anyPlaceClaim.map(({ value: home }) => ({
        ...rest,
        policy: {
          ...policy,
          endpoints: policy.endpoints.map((endpoint) => ({
            ...endpoint,
            operator: {
              ...endpoint.operator,
              parents: [...endpoint.operator.parents, { home, validity: { fromMs: null, untilMs: null } }],
            },
          })),
        },
      })),
  },
  { title: "one more claim about residence", change: addFact("subjectResidences", anyPlaceClaim) },
  {
    title: "one more status",
    change: changeAttested(({ statuses, ...rest }) => ({
      ...rest,
      statuses: statuses && [...statuses, "cn-ciio"],
    })),
  },
  {
    title: "one more purpose",
    change: changeAttested(({ purposes, ...rest }) => ({
      ...rest,
      // An empty list says nothing, so the first purpose is no further one.
      purposes: purposes?.length ? [...purposes, "research"] : purposes,
    })),
  },
  {
    // Of an exporter who does not say which of the two it is, a tool that is made for either carries: its declaration says so.
    title: "a contract that says nothing but the role",
    change: changeAttested(({ role }) => ({ ...nothingAttested, role })),
  },
  {
    title: "not knowing the statuses",
    change: changeAttested((attested) => ({ ...attested, statuses: null })),
  },
  {
    title: "not knowing the purposes",
    change: changeAttested((attested) => ({ ...attested, purposes: null })),
  },
  {
    title: "not knowing whether it is about employment",
    change: changeAttested((attested) => ({ ...attested, employment: null })),
  },
  {
    title: "not knowing whether there are minors",
    change: changeAttested((attested) => ({ ...attested, minors: null })),
  },
  { title: "not knowing any volume", change: changeAttested((attested) => ({ ...attested, volumes: {} })) },
  {
    title: "one more person whom the cell counted",
    change: ({ facts, ...rest }) =>
      fc.constantFrom(...Object.keys(facts.attested.volumes), "persons").map((counter) => {
        const counted = { ...facts.counted, [counter]: (facts.counted[counter] ?? 0) + 1 };
        return { ...rest, facts: { ...facts, counted } };
      }),
  },
  {
    title: "one more place of remote support",
    change: changeSites(({ support }, place) => ({
      support: support.length === 0 ? [] : [...support, { place, by: null }],
    })),
  },
  {
    title: "not knowing who reaches in",
    change: changeSites(({ support }) => ({ support: support.map(({ place }) => ({ place, by: null })) })),
  },
  {
    title: "a contract less",
    change: changeSites(({ contracts, operator }) => ({
      contracts: contracts && contracts.slice(1),
      operator: { ...operator, contracts: operator.contracts?.slice(1) ?? [] },
    })),
  },
  {
    title: "no standing any more",
    change: changeSites(({ operator }) => ({ operator: { ...operator, standings: null } })),
  },
  {
    title: "not knowing whom it is aimed at",
    change: changeAttested((attested) => ({ ...attested, targets: null })),
  },
  {
    title: "no law accepted unread",
    change: (given) => fc.constant({ ...given, policy: { ...given.policy, acceptances: [] } }),
  },
  {
    title: "a part of the law that nobody has read",
    change: changeRegimes((regime, place) => ({
      ...regime,
      holes: [
        ...regime.holes,
        { places: new Set([place]), sectors: null, classes: null, what: "it", filledBy: null },
      ],
    })),
  },
  {
    title: "a contract that the law asks for",
    change: changeRegimes((regime) => ({
      ...regime,
      contracts: [...regime.contracts, { contract: "baa", article: "§ 1", when: null, metBy: new Set() }],
    })),
  },
  {
    title: "a recipient of a certain standing alone",
    change: changeRegimes((regime) => ({
      ...regime,
      freeDestinations: regime.freeDestinations.map((free) => ({ ...free, requiresStanding: "ca-pipeda" })),
    })),
  },
  {
    title: "an assessment that ended negative",
    change: ({ policy, facts, nowMs }) => {
      const mechanisms = policy.mechanisms.map((declared) => ({
        ...declared,
        documents: mapValues(declared.documents, (document) => ({
          ...document,
          outcome: "negative" as const,
        })),
      }));
      return fc.constant({ facts, nowMs, policy: { ...policy, mechanisms } });
    },
  },
  { title: "not knowing from where support reaches in", change: changeSites(() => ({ support: [] })) },
  {
    title: "not knowing for how long data is kept",
    change: changeSites(() => ({ retentionDays: null })),
  },
  {
    title: "keeping data for longer",
    change: changeSites(({ retentionDays }) => ({ retentionDays: retentionDays && retentionDays + 1 })),
  },
  {
    title: "no certificate any more",
    change: changeSites(({ operator }) => ({
      certifications: [],
      operator: { ...operator, certifications: [] },
    })),
  },
  {
    title: "counting remote access",
    change: changeRegimes((regime) => ({ ...regime, remoteAccess: new Set(accessors) })),
  },
  {
    title: "a limit on retention",
    change: changeRegimes((regime) => ({
      ...regime,
      maxRetentionDays: Math.min(regime.maxRetentionDays ?? 1, 1),
    })),
  },
  {
    title: "control allowed from one place alone",
    change: changeRegimes((regime, place) => ({
      ...regime,
      operatorConstraints: [
        ...regime.operatorConstraints,
        {
          denyControlFrom: new Set(),
          allowControlFrom: new Set([place]),
          requiresCertification: null,
          article: "Art. 3",
          exceptHome: new Set(),
        },
      ],
    })),
  },
  {
    title: "a part of a country that every home leaves out",
    change: changeRegimes((regime) => ({
      ...regime,
      home: new Set([...regime.home].filter((place) => place !== "AE+DIFC")).add(
        exclusionOf("AE+DIFC" as Place),
      ),
    })),
  },
  {
    title: "a narrower scope of every mechanism",
    change: changeRegimes((regime) => ({
      ...regime,
      mechanisms: regime.mechanisms.map((rule) => ({ ...rule, classes: new Set() })),
    })),
  },
  {
    title: "one more denied destination and operator in every regime",
    change: changeRegimes((regime, place) => ({
      ...regime,
      deniedDestinations: new Set([...regime.deniedDestinations, place]),
      operatorConstraints: [
        ...regime.operatorConstraints,
        {
          allowControlFrom: null,
          requiresCertification: null,
          denyControlFrom: new Set([place]),
          article: "Art. 2",
          exceptHome: new Set(),
        },
      ],
    })),
  },
  { title: "no home any more", change: changeRegimes((regime) => ({ ...regime, home: new Set() })) },
  {
    title: "no free destination any more",
    change: changeRegimes((regime) => ({ ...regime, freeDestinations: [] })),
  },
  {
    title: "every kill switch off",
    change: changeRegimes((regime) => ({
      ...regime,
      mechanisms: regime.mechanisms.map((rule) => ({ ...rule, enabled: false })),
    })),
  },
];

for (const { title, change } of forbids) {
  test(`${title} never widens what is lawful`, () => {
    fc.assert(
      fc.property(
        anyGiven.chain((given) => fc.tuple(fc.constant(given), change(given))),
        ([before, after]) => {
          const [wide, narrow] = [lawful(decide(before)), lawful(decide(after))];
          assert.deepEqual(
            [...narrow].filter((id) => !wide.has(id)),
            [],
          );
        },
      ),
      runs,
    );
  });
}

function decide({ policy, facts, nowMs }: Given): Decision {
  return createDecider(policy).decide(facts, nowMs);
}

function lawful(decision: Decision): ReadonlySet<string> {
  return new Set(decision.kind === "permit" ? decision.permit.terms.endpoints.map(({ id }) => id) : []);
}

function addFact<
  Name extends
    | "subjectPlaces"
    | "subjectCitizenships"
    | "subjectResidences"
    | "controllerPlaces"
    | "classes"
    | "requirements",
>(name: Name, anyFact: fc.Arbitrary<Facts[Name][number]>): Change["change"] {
  return (given) =>
    anyFact.map((fact) => ({ ...given, facts: { ...given.facts, [name]: [...given.facts[name], fact] } }));
}

function changeEndpoints(
  computes: (before: readonly Place[], place: Place) => readonly Place[],
): Change["change"] {
  return ({ policy, ...rest }) =>
    anyPlaceClaim.map(({ value }) => ({
      ...rest,
      policy: {
        ...policy,
        endpoints: policy.endpoints.map((endpoint) => ({
          ...endpoint,
          computes: computes(endpoint.computes, value),
        })),
      },
    }));
}

function changeAttested(change: (attested: Attestations) => Attestations): Change["change"] {
  return ({ facts, ...rest }) =>
    fc.constant({ ...rest, facts: { ...facts, attested: change(facts.attested) } });
}

/** Of cells and endpoints alike. */
function changeSites(change: (siting: Siting, place: Place) => Partial<Siting>): Change["change"] {
  return ({ policy, ...rest }) =>
    anyPlaceClaim.map(({ value }) => ({
      ...rest,
      policy: {
        ...policy,
        cells: policy.cells.map((cell) => ({ ...cell, ...change(cell, value) })),
        endpoints: policy.endpoints.map((endpoint) => ({ ...endpoint, ...change(endpoint, value) })),
      },
    }));
}

function changeRegimes(change: (regime: Regime, place: Place) => Regime): Change["change"] {
  return ({ policy, ...rest }) =>
    anyPlaceClaim.map(({ value }) => ({
      ...rest,
      policy: { ...policy, regimes: policy.regimes.map((regime) => change(regime, value)) },
    }));
}

function mapValues<Value, Other>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Other,
): Readonly<Record<string, Other>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
