import assert from "node:assert/strict";
import { test } from "node:test";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { startProviderFront } from "../../../test/support/provider-front.ts";
import type { EndpointId } from "../../base/index.ts";
import { servesOf } from "../serves.ts";
import { azureOpenAi } from "./engine.ts";

engineContract("azure-openai", () =>
  simulatedSubject(azureOpenAi, {
    apiKey: "k",
    front: (url) =>
      startProviderFront(url, ({ path, headers }) => {
        const { pathname, search } = new URL(path, "http://front");
        if (headers["api-key"] !== "k" || search !== "?api-version=2024-10-21") return null;
        if (pathname === "/openai/models") return "/v1/models";
        return /^\/openai\/deployments\/llama\/(.*)$/.exec(pathname)?.[1]?.replace(/^/, "/v1/") ?? null;
      }),
  }),
);

const address = {
  id: "e-1" as EndpointId,
  engine: "azure-openai",
  url: null,
  apiKey: null,
  modelFile: null,
  computes: [],
};

function shownAt(region: string | null, stated?: string): readonly unknown[] {
  const headers = stated === undefined ? {} : { "x-ms-region": stated };
  const { evidenceClass, places, source } = azureOpenAi.evidence({ ...address, region }, headers, {});
  return [evidenceClass, places, source];
}

test("the region that a standard deployment names is evidence of its country", () => {
  assert.deepEqual(shownAt("uksouth/standard", "UK South"), ["E2", ["GB"], "x-ms-region"]);
  assert.deepEqual(shownAt("uksouth/standard", "West Europe"), ["E2", ["NL"], "x-ms-region"]);
  assert.deepEqual(shownAt("eastus2/standard", "eastus2"), ["E2", ["US"], "x-ms-region"]);
});

test("a region that nobody knows, or none, is evidence of the selection alone", () => {
  const selection = ["E1", [], "selection"];
  assert.deepEqual(shownAt("uksouth/standard", "Atlantis North"), selection);
  assert.deepEqual(shownAt("uksouth/standard", "constructor"), selection);
  assert.deepEqual(shownAt("uksouth/standard"), selection);
});

test("what a data zone or a global deployment names is no evidence", () => {
  assert.deepEqual(shownAt("eastus2/data-zone", "East US 2"), ["E1", [], "selection"]);
  assert.deepEqual(shownAt("eastus2/global", "East US 2"), ["E0", [], "none"]);
  assert.deepEqual(shownAt(null, "East US 2"), ["E1", [], "selection"]);
});

test("responses are asked where Azure has them, of an endpoint that says it has them", () => {
  assert.equal(servesOf(address, azureOpenAi).responses?.operation, "chat_completions");
  const serves = servesOf(
    engineAddress("https://a.openai.azure.com", { serves: ["responses"] }),
    azureOpenAi,
  );
  assert.deepEqual(serves.responses, { operation: "responses", path: "/openai/responses" });
});

test("the call is known by the id of its gateway, or else of the service", () => {
  const [outer, inner] = ["5a3c1e6f-6b1d-4d8e-9c5f-0a1b2c3d4e5f", "6b4d2f70-7c2e-4e9f-8d60-1b2c3d4e5f60"];
  assert.equal(idOf({ "apim-request-id": outer, "x-request-id": inner }), outer);
  assert.equal(idOf({ "x-request-id": inner }), inner);
});

function idOf(headers: Readonly<Record<string, string>>): string | null {
  return azureOpenAi.evidence(address, headers, {}).callId;
}
