import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDeployment, modelOn, sampleDeployment } from "../../../test/support/deployments.ts";
import { anyRegime } from "../../../test/support/law-arbitraries.ts";
import {
  claims,
  placeSet,
  requirement,
  sampleCell,
  sampleEndpoint,
  sampleOperator,
  samplePolicy,
  sampleRegime,
  siting,
  sampleDestination,
} from "../../../test/support/law-samples.ts";
import type { Regime } from "../policy/regime.ts";
import type { Deployment } from "./deployment.ts";
import { diffPolicies, type FactPattern, type PolicyDiff } from "./diff.ts";

const period = { fromMs: 0, untilMs: 10 };
const pacific = sampleOperator("pacific-cloud", "US");

function world(override: Partial<Parameters<typeof sampleRegime>[0]> = {}): Deployment {
  const law = samplePolicy({
    regimes: [sampleRegime(override)],
    cells: [sampleCell("eu", siting("DE")), sampleCell("us", siting("US", { operator: pacific }))],
    endpoints: [
      sampleEndpoint("de-1", "eu", siting("DE")),
      sampleEndpoint("us-1", "us", siting("US", { operator: pacific })),
    ],
  });
  return sampleDeployment(law, { exporter: "acme" });
}

const usIsFree: Regime["freeDestinations"] = [sampleDestination(placeSet("US"), { instrument: "dpf" })];

test("a policy does not differ from itself", () => {
  fc.assert(
    fc.property(anyDeployment, (deployment) => {
      assert.deepEqual(diffPolicies(deployment, deployment, period).patterns, []);
    }),
    { numRuns: 10 },
  );
});

test("whatever is newly allowed one way is newly refused the other way", () => {
  const mirror: Record<FactPattern["kind"], FactPattern["kind"]> = {
    "newly-allowed": "newly-refused",
    "newly-refused": "newly-allowed",
    "newly-transfer": "no-longer-transfer",
    "no-longer-transfer": "newly-transfer",
  };
  const anyChange = fc.tuple(anyDeployment, anyRegime("r-1"));
  fc.assert(
    fc.property(anyChange, ([before, regime]) => {
      const others = before.law.regimes.filter(({ id }) => id !== "r-1");
      const after = { ...before, law: { ...before.law, regimes: [...others, regime] } };
      const there = diffPolicies(before, after, period).patterns;
      const back = diffPolicies(after, before, period).patterns;
      const mirrored = back.map((pattern) => ({ ...pattern, kind: mirror[pattern.kind] }));
      assert.deepEqual(new Set(there.map(plain)), new Set(mirrored.map(plain)));
    }),
    { numRuns: 12 },
  );
});

test("a law that lets data go to a place newly allows what is there, whatever is claimed", () => {
  const diff = diffPolicies(world(), world({ freeDestinations: usIsFree }), period);
  assert.deepEqual(summary(diff), [["newly-allowed", "transfer", 0, "demo", "us-1", "everything covered"]]);
});

test("what is allowed only from a later date is found today, with the date", () => {
  const later = usIsFree.map((free) => ({ ...free, validity: { fromMs: 4, untilMs: null } }));
  const diff = diffPolicies(world(), world({ freeDestinations: later }), period);
  assert.deepEqual(
    diff.patterns.map(({ kind, fromMs }) => [kind, fromMs]),
    [["newly-allowed", 4]],
  );
});

test("a home that turns into a destination makes a transfer of what stays allowed", () => {
  const wide = world({ home: placeSet("DE US") });
  const narrow = world({ home: placeSet("DE"), freeDestinations: usIsFree });
  assert.deepEqual(
    diffPolicies(wide, narrow, period).patterns.map(({ kind, endpoints }) => [kind, ...endpoints]),
    [["newly-transfer", "us-1"]],
  );
});

test("a law for one class of data changes the requests that claim it alone", () => {
  const before = world({ freeDestinations: usIsFree });
  const health = sampleRegime({ id: "health", appliesWhen: { kind: "data_class", in: new Set(["health"]) } });
  const after = { ...before, law: { ...before.law, regimes: [...before.law.regimes, health] } };
  assert.deepEqual(
    diffPolicies(before, after, period).patterns.map(({ kind, classes, endpoints }) => [
      kind,
      classes,
      endpoints,
    ]),
    [["newly-refused", ["health"], ["us-1"]]],
  );
});

for (const { title, change, kinds } of [
  {
    title: "a requirement that is gone allows what it kept out",
    change: (deployment: Deployment) => deployment,
    kinds: ["newly-allowed"],
  },
  {
    title: "a tenant that is gone is refused whatever it had",
    change: (deployment: Deployment) => ({ ...deployment, tenants: [] }),
    kinds: ["newly-refused"],
  },
  {
    title: "an endpoint that no model of the tenant's uses is no change for it",
    change: (deployment: Deployment) => ({ ...deployment, models: [modelOn(["de-1"])] }),
    kinds: [],
  },
]) {
  test(title, () => {
    const free = world({ freeDestinations: usIsFree });
    const strict = {
      ...free,
      tenants: free.tenants.map((tenant) => ({
        ...tenant,
        facts: { ...tenant.facts, requirements: [requirement("residency", "EEA")] },
      })),
    };
    const { patterns } = diffPolicies(strict, change(free), period);
    assert.deepEqual([...new Set(patterns.map(({ kind }) => kind))], kinds);
  });
}

test("claims that lead to one place are told as one pattern with the tenants that make them", () => {
  const diff = diffPolicies(twins(world()), twins(world({ freeDestinations: usIsFree })), period);
  assert.deepEqual(
    diff.patterns.map(({ tenants }) => tenants),
    [["demo", "twin"]],
  );
});

function twins(deployment: Deployment): Deployment {
  const [first] = deployment.tenants;
  assert.ok(first);
  const facts = { ...first.facts, subjectPlaces: claims("FR") };
  return { ...deployment, tenants: [first, { ...first, id: "twin" as typeof first.id, facts }] };
}

function summary({ patterns, classes }: PolicyDiff): unknown {
  return patterns.map((pattern) => [
    pattern.kind,
    pattern.isTransfer ? "transfer" : "at home",
    pattern.fromMs,
    pattern.tenants.join(),
    pattern.endpoints.join(),
    pattern.places.includes(null) && pattern.classes.length === classes + 1 ? "everything covered" : "some",
  ]);
}

function plain(pattern: FactPattern): string {
  return JSON.stringify(pattern);
}
