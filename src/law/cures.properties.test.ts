// A cure that is named is one: what is missing, once it is there, turns the verdict. Found for every curable verdict that the
// generator comes to.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyFacts, anyInstantMs, anyLawPolicy } from "../../test/support/law-arbitraries.ts";
import { always, sampleDocument } from "../../test/support/law-samples.ts";
import type { EndpointDerivation, Verdict } from "./derivation.ts";
import { explain } from "./explain.ts";
import type { Cell, Endpoint, Operator } from "./policy/endpoint.ts";
import type { Facts } from "./policy/facts.ts";
import type { LawPolicy } from "./policy/law-policy.ts";
import type { Need, Way } from "./rules/need.ts";

const given = fc.tuple(anyLawPolicy, anyFacts, anyInstantMs);

test("what is named as missing, once supplied, makes the verdict lawful", () => {
  let cured = 0;
  fc.assert(
    fc.property(given, ([policy, facts, nowMs]) => {
      for (const endpoint of curable(policy, facts, nowMs)) {
        const needs = chosen(endpoint, explain(policy, facts, nowMs).cells);
        if (needs === null || facts.exporter === null) continue;
        cured++;
        const supplied = needs.reduce((law, need) => supply(law, need, facts), policy);
        const after = explain(supplied, facts, nowMs);
        const found = after.endpoints.find(({ id }) => id === endpoint.id);
        const cell = after.cells.find(({ id }) => id === endpoint.cell);
        assert.deepEqual(
          blocksOf([...(found?.verdicts ?? []), ...(cell?.verdicts ?? [])]),
          [],
          JSON.stringify(needs),
        );
        assert.notEqual(found?.word, "unlawful");
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(cured > 100, `only ${cured} cures were tried`);
});

test("what nothing cures has no way out, and what is lawful needs none", () => {
  fc.assert(
    fc.property(given, ([policy, facts, nowMs]) => {
      const { endpoints, cells } = explain(policy, facts, nowMs);
      for (const endpoint of endpoints) {
        const ofCell = cells.find(({ id }) => id === endpoint.cell)?.verdicts ?? [];
        const blocks = blocksOf([...endpoint.verdicts, ...ofCell]);
        if (endpoint.word === "lawful") assert.deepEqual(blocks, []);
        if (endpoint.word === "unlawful")
          assert.ok(blocks.some(({ choices }) => !choices.every(({ length }) => length > 0)));
        if (endpoint.isLawful) assert.notEqual(endpoint.word, "unlawful");
      }
    }),
    { numRuns: 500 },
  );
});

function curable(policy: LawPolicy, facts: Facts, nowMs: number): readonly EndpointDerivation[] {
  const { endpoints, cells } = explain(policy, facts, nowMs);
  return endpoints.filter(({ word, verdicts, cell }) => {
    const ofCell = cells.find(({ id }) => id === cell)?.verdicts ?? [];
    return word === "lawful-only-with" && blocksOf([...verdicts, ...ofCell]).length > 0;
  });
}

function blocksOf(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(({ passes, isWish }) => !passes && !isWish);
}

/** The first way of each choice that asks for no fact: what a fact would be is not ours to say. Null where there is none. */
function chosen(
  { verdicts, cell }: EndpointDerivation,
  cells: readonly { readonly id: string; readonly verdicts: readonly Verdict[] }[],
): readonly Need[] | null {
  const ofCell = cells.find(({ id }) => id === cell)?.verdicts ?? [];
  const ways = blocksOf([...verdicts, ...ofCell])
    .flatMap(({ choices }) => choices)
    .map((choice) => choice.find((way) => way.every(({ kind }) => kind !== "fact")) ?? null);
  return ways.every((way): way is Way => way !== null) ? ways.flat() : null;
}

function supply(law: LawPolicy, need: Need, { exporter }: Facts): LawPolicy {
  const { name, about } = need;
  const documents = Object.fromEntries(need.with.map((each) => [each, sampleDocument("D-9")]));
  switch (need.kind) {
    case "mechanism": {
      const id = `cure-${law.mechanisms.length}`;
      const declared = {
        id,
        kind: name,
        from: exporter ?? "",
        to: about,
        documents,
        classes: null,
        validity: always,
      };
      return { ...law, mechanisms: [...law.mechanisms, declared] };
    }
    case "document":
      return {
        ...law,
        mechanisms: law.mechanisms.map((each) =>
          each.id === about
            ? { ...each, documents: { ...each.documents, [name]: sampleDocument("D-9") } }
            : each,
        ),
      };
    case "contract":
      return onSites(law, (site) => withContract(site, name, about));
    case "certification":
      return onOperator(law, about, ({ certifications }) => ({
        certifications: [...certifications, { scheme: name, scope: new Set(need.with), validity: always }],
      }));
    case "standing":
      return onOperator(law, about, ({ standings }) => ({
        standings: new Set([...(standings ?? []), name]),
      }));
    case "fact":
      throw new Error("facts are not supplied");
    default:
      return need.kind satisfies never;
  }
}

function withContract<Site extends Cell | Endpoint>(site: Site, contract: string, about: string): Site {
  const added = { contract, validity: always };
  if (site.id === about) return { ...site, contracts: [...(site.contracts ?? []), added] };
  if (site.operator.id !== about) return site;
  return { ...site, operator: { ...site.operator, contracts: [...(site.operator.contracts ?? []), added] } };
}

function onSites(law: LawPolicy, change: <Site extends Cell | Endpoint>(site: Site) => Site): LawPolicy {
  return { ...law, cells: law.cells.map(change), endpoints: law.endpoints.map(change) };
}

function onOperator(
  law: LawPolicy,
  id: string,
  change: (operator: Operator) => Partial<Operator>,
): LawPolicy {
  return onSites(law, (site) =>
    site.operator.id === id ? { ...site, operator: { ...site.operator, ...change(site.operator) } } : site,
  );
}
