import assert from "node:assert/strict";
import { test } from "node:test";
import { modelOn, sampleDeployment } from "../../../test/support/deployments.ts";
import {
  placeSet,
  sampleCell,
  sampleEndpoint,
  sampleOperator,
  samplePolicy,
  sampleRegime,
  siting,
  sampleDestination,
} from "../../../test/support/law-samples.ts";
import type { CellId, EndpointId, Place } from "../../base/index.ts";
import type { Facts } from "../policy/facts.ts";
import { drill, type DrillReport, type DrillScenario } from "./drill.ts";

const rhein = sampleOperator("rhein-cloud", "DE");
const loire = sampleOperator("loire-cloud", "FR");
const pacific = sampleOperator("pacific-cloud", "US");

/** Two cells in the EEA, and one in the United States to which an adequacy decision leads. */
const law = samplePolicy({
  regimes: [
    sampleRegime({
      freeDestinations: [
        sampleDestination(placeSet("US"), {
          instrument: "dpf",
        }),
      ],
    }),
    sampleRegime({
      id: "tomorrow",
      rule: "hard_local",
      home: placeSet("FR"),
      effective: { fromMs: 50, untilMs: null },
    }),
  ],
  cells: [
    sampleCell("de", siting("DE", { operator: rhein })),
    sampleCell("fr", siting("FR", { operator: loire })),
    sampleCell("us", siting("US", { operator: pacific })),
  ],
  endpoints: [
    sampleEndpoint("de-1", "de", siting("DE", { operator: rhein })),
    sampleEndpoint("de-2", "de", siting("DE", { operator: pacific })),
    sampleEndpoint("fr-1", "fr", siting("FR", { operator: loire })),
    sampleEndpoint("us-1", "us", siting("US", { operator: pacific })),
  ],
});

function drilled(
  scenario: DrillScenario,
  facts: Partial<Facts> = {},
  endpoints?: readonly string[],
): DrillReport {
  const deployment = sampleDeployment(law, facts);
  const models = endpoints ? [modelOn(endpoints)] : deployment.models;
  return drill({ ...deployment, models }, scenario, 0);
}

const cases: readonly {
  readonly title: string;
  readonly scenario: DrillScenario;
  readonly endpoints?: readonly string[];
  readonly sees: readonly unknown[];
}[] = [
  {
    title: "one of two endpoints down: the other serves",
    scenario: { kind: "endpoint-down", endpoint: "de-1" as EndpointId },
    sees: ["survives", "survives", 200, "de", "de-2"],
  },
  {
    title: "an operator down: its endpoints are, and the cell of another serves on",
    scenario: { kind: "operator-down", operator: "pacific-cloud" },
    sees: ["survives", "survives", 200, "de", "de-1"],
  },
  {
    title: "a cell down: callers move to the next that may serve them at home",
    scenario: { kind: "cell-down", cell: "de" as CellId },
    sees: ["moves", "moves", 200, "fr", "fr-1"],
  },
  {
    title: "a place down: whatever computes there is down with its cell",
    scenario: { kind: "place-down", place: "DE" as Place },
    sees: ["moves", "moves", 200, "fr", "fr-1"],
  },
  {
    title: "every endpoint of a living cell down: 503, although another cell could serve whoever asks it",
    scenario: { kind: "endpoint-down", endpoint: "de-1" as EndpointId },
    endpoints: ["de-1", "fr-1"],
    sees: ["fails", "lost", 503, "de", ""],
  },
  {
    title: "the only cell with a server down: 503",
    scenario: { kind: "cell-down", cell: "de" as CellId },
    endpoints: ["de-1"],
    sees: ["fails", "lost", 503, "de", ""],
  },
  {
    title: "an adequacy decision suspended, with nothing else to go to: 451",
    scenario: { kind: "suspended", target: { kind: "mechanism", name: "dpf" } },
    endpoints: ["us-1"],
    sees: ["fails", "lost", 451, null, ""],
  },
  {
    title: "a regime that comes into force and leaves another cell alone: the asked one sends callers there",
    scenario: { kind: "in-force", regime: "tomorrow" },
    sees: ["moves", "moves", 421, "fr", "fr-1"],
  },
  {
    title: "something that nobody uses down: nothing is affected",
    scenario: { kind: "cell-down", cell: "us" as CellId },
    sees: ["survives", "unaffected", 200, "de", "de-1 de-2"],
  },
];

for (const { title, scenario, endpoints, sees } of cases) {
  test(title, () => {
    const { verdict, rows } = drilled(scenario, {}, endpoints);
    const [row] = rows;
    assert.ok(row);
    const { status, cell, endpoints: left } = row.after;
    assert.deepEqual([verdict, row.outcome, status, cell, left.join(" ")], sees);
    assert.equal(row.before.status, 200);
  });
}

test("who could serve elsewhere is told with a 503", () => {
  const scenario = { kind: "endpoint-down", endpoint: "de-1" as EndpointId } as const;
  assert.deepEqual(drilled(scenario, {}, ["de-1", "fr-1"]).rows[0]?.after.elsewhere, ["fr"]);
});

test("a tenant whose law is unknown is not served before nor after, and fails no drill", () => {
  const unknown = { subjectPlaces: [{ value: "BR" as Place, basis: "tenant-contract" }] } as const;
  const { verdict, rows } = drilled({ kind: "cell-down", cell: "de" as CellId }, unknown);
  assert.deepEqual(
    [verdict, ...rows.map(({ outcome, before, after }) => [outcome, before.status, after.status])],
    ["survives", ["not-served", 403, 403]],
  );
});

test("what is down is listed, also what is behind a cell that is", () => {
  assert.deepEqual(drilled({ kind: "cell-down", cell: "de" as CellId }).down, ["de-1", "de-2"]);
});
