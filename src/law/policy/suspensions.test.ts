import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accessFrom,
  always,
  declaredTool,
  decideOnce,
  onePlacePolicy,
  placeList,
  placeSet,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  sampleTool,
  siting,
} from "../../../test/support/law-samples.ts";
import type { Place } from "../../base/index.ts";
import type { LegalEvent, LegalTarget } from "./legal-event.ts";
import type { LawPolicy } from "./law-policy.ts";
import type { Regime } from "./regime.ts";

function suspended(kind: LegalTarget["kind"], name: string): LegalEvent {
  return {
    act: "suspend",
    id: `stop-${kind}`,
    target: { kind, name },
    reason: "injunction",
    validity: always,
  };
}

/** A machine in the United States, with a tool of the kind `scc` that was put in place with whoever runs it. */
function abroadUnder(regime: Regime): LawPolicy {
  return onePlacePolicy([regime], siting("US", { operator: sampleOperator("cloud-US", "US") }), [
    declaredTool({ to: "cloud-US" }),
  ]);
}

/** A machine at home whose operator lets somebody in India have the data, or is owned by one. */
function inIndia(isOwner: boolean): LawPolicy {
  const recipients = [{ home: "IN" as Place, validity: always, isOwner }];
  const operator = { ...sampleOperator("cloud", "DE"), recipients };
  return onePlacePolicy([sampleRegime()], siting("DE", { operator, support: accessFrom(placeList("DE")) }));
}

function outcomeOf(policy: LawPolicy, ...events: readonly LegalEvent[]): string {
  return decideOnce({ ...policy, events }, sampleFacts({ exporter: "acme" })).kind;
}

test("whatever else bears the name of a mechanism, its suspension takes no mechanism", () => {
  const regime = sampleRegime({
    home: placeSet("DE"),
    mechanisms: [sampleTool({ kind: "scc", documents: [] })],
  });
  const policy = abroadUnder(regime);
  for (const name of ["out", "scc"]) {
    assert.equal(outcomeOf(policy, suspended("operator", name), suspended("endpoint", name)), "permit", name);
    assert.equal(outcomeOf(policy, suspended("mechanism", name)), "refusal", name);
  }
});

test("a tool falls with the decision that it stands on, with its scope or without, and with no other", () => {
  const instrument = "(EU) 2021/914 (modules 2 and 3)";
  const regime = sampleRegime({
    home: placeSet("DE"),
    mechanisms: [sampleTool({ kind: "scc", documents: [], instrument })],
  });
  const policy = abroadUnder(regime);
  for (const name of [instrument, "(EU) 2021/914"])
    assert.equal(outcomeOf(policy, suspended("mechanism", name)), "refusal", name);
  assert.equal(outcomeOf(policy, suspended("mechanism", "2010/87/EU")), "permit");
});

test("a region is felt by whoever lets somebody there have the data, and not by the owner of such a one", () => {
  assert.equal(outcomeOf(inIndia(false), suspended("region", "IN")), "refusal");
  assert.equal(outcomeOf(inIndia(true), suspended("region", "IN")), "permit");
});
