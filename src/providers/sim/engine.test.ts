import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointId } from "../../base/index.ts";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { sim } from "./engine.ts";

engineContract("sim", () => simulatedSubject(sim));

const address = {
  id: "e-1" as EndpointId,
  engine: "sim",
  url: null,
  apiKey: null,
  modelFile: null,
  computes: [],
};

test("an answer that states its place is evidence of it", () => {
  assert.deepEqual(sim.evidence(address, { "x-sim-place": "DE" }, null), {
    evidenceClass: "E3",
    places: ["DE"],
    source: "x-sim-place",
    callId: null,
    isElsewhere: false,
  });
});

for (const stated of ["", "de", "UK", "Frankfurt", "DE, US", "DE\u0000"]) {
  test(`an answer that states ${JSON.stringify(stated)} proves nothing`, () => {
    const { evidenceClass, places } = sim.evidence(address, { "x-sim-place": stated }, null);
    assert.deepEqual({ evidenceClass, places }, { evidenceClass: "E0", places: [] });
  });
}
