import assert from "node:assert/strict";
import { test } from "node:test";
import { readTestPolicy, testPolicy } from "../../../test/support/test-cell.ts";
import type { EndpointId, Place, RegionName } from "../../base/index.ts";
import { heldAgainst, type HeardRegions } from "../shared/region-report.ts";
import { askAgainAfterMs } from "./region-watch.ts";

const hourMs = 3_600_000;

test("a provider is asked every hour, sooner after no answer, and not by all cells at once", () => {
  for (const [failureCount, mostMs] of [
    [0, hourMs],
    [1, 60_000],
    [2, 120_000],
    [40, hourMs],
  ] as const) {
    assert.equal(askAgainAfterMs(failureCount, 0), mostMs * 0.8);
    assert.ok(askAgainAfterMs(failureCount, 255) > mostMs * 0.99);
    assert.ok(askAgainAfterMs(failureCount, 255) < mostMs);
  }
});

test("a model of a global profile lies in no region, which is outside of every place but those of `global`", () => {
  assert.deepEqual(heard("global", ["unspecified", "eu-central-1"]).outside, []);
  assert.deepEqual(heard("eu-central-2/eu", ["unspecified", "eu-central-2"]).outside, ["unspecified"]);
  assert.deepEqual(heard("global", ["cn-north-1"]).outside, ["cn-north-1"]);
});

test("a region that is only known to lie in a country is outside of a part of it", () => {
  const places = new Map([["us-east-1", ["US" as Place]]]);
  const regions = ["us-east-1" as RegionName];
  assert.deepEqual(heldAgainst({ computes: ["US-VA" as Place], places }, regions).outside, regions);
  assert.deepEqual(heldAgainst({ computes: ["US" as Place], places }, regions).outside, []);
});

function heard(region: string, regions: readonly string[]): HeardRegions {
  const host = `bedrock-runtime.${region === "global" ? "us-east-1" : region.split("/")[0]}.amazonaws.com`;
  const policy = readTestPolicy(
    testPolicy.replace(
      "\nmodels:",
      `\n  e: { cell: us-virginia, engine: bedrock, provider: bedrock, region: ${region}, url: "https://${host}", support: US, key: "\${env:K}", watch-regions: true }\nmodels:`,
    ),
  );
  const computes = policy.law.endpoints.find(({ id }) => id === "e")?.computes ?? [];
  const places = policy.endpoints.get("e" as EndpointId)?.watchedRegions ?? new Map();
  return heldAgainst({ computes, places }, regions as readonly RegionName[]);
}
