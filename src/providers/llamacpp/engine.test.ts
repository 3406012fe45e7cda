import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointId } from "../../base/index.ts";
import type { EndpointAddress } from "../provider.ts";
import { llamacpp } from "./engine.ts";

const address: EndpointAddress = {
  id: "local-1" as EndpointId,
  engine: "llamacpp",
  url: null,
  apiKey: null,
  modelFile: null,
  computes: [],
};

test("an endpoint without a model file is a mistake that shows at the start", () => {
  assert.throws(
    () => llamacpp.open(address, 1),
    /^TypeError: endpoint `local-1`: engine `llamacpp` needs a model file$/,
  );
});

test("an answer proves what the cell's own identity proves, and names no place itself", () => {
  assert.deepEqual(llamacpp.evidence(address, { "x-region": "US" }, { region: "US" }), {
    evidenceClass: "E1",
    places: [],
    source: "in-process",
    callId: null,
    isElsewhere: false,
  });
});
