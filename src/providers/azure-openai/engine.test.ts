import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { asking } from "../../../test/support/asking.ts";
import { startRawUpstream } from "../../../test/support/raw-http.ts";
import { federatedToken, formOf, startTokenEndpoint } from "../../../test/support/token-endpoint.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { startProviderFront } from "../../../test/support/provider-front.ts";
import type { EndpointId } from "../../base/index.ts";
import { askedAs, servesOf } from "../serves.ts";
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
  assert.equal(askedAs("responses", { address, engine: azureOpenAi }, "m"), "chat_completions");
  const stated = engineAddress("https://a.openai.azure.com", { serves: ["responses"] });
  assert.equal(askedAs("responses", { address: stated, engine: azureOpenAi }, "m"), "responses");
  assert.deepEqual(servesOf(stated, azureOpenAi), { responses: { path: "/openai/responses" } });
});

const application = { tenantId: "9a1f", clientId: "c-1", clientSecret: "hunter2" };

/** Two connections, of which each asks for a token of its own. */
async function asApplication(
  t: TestContext,
  file: object,
): Promise<{ asked: readonly string[]; tokens: readonly string[] }> {
  const upstream = await startRawUpstream(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
  });
  const entra = await startTokenEndpoint(t, (turn) => ({ token: `token-${turn}` }));
  const called = { ...engineAddress(upstream.url), apiKey: JSON.stringify(file), tokenUrl: entra.url };
  for (let turn = 0; turn < 2; turn++) {
    const connection = asking(azureOpenAi.open(called, 2));
    t.after(() => connection.close());
    await connection.call(upstreamCall());
  }
  return { asked: upstream.requests, tokens: entra.requests };
}

test("an application of Entra's is known by its tokens, and its secret is shown to Entra alone", async (t) => {
  const { asked, tokens } = await asApplication(t, application);
  assert.deepEqual(Object.fromEntries(formOf(tokens[0])), {
    grant_type: "client_credentials",
    client_id: "c-1",
    client_secret: "hunter2",
    scope: "https://cognitiveservices.azure.com/.default",
  });
  for (const [at, request] of asked.entries()) {
    assert.match(request, /^POST \/openai\/deployments\/llama\/chat\/completions\?api-version=2024-10-21 /);
    assert.ok(request.includes(`\r\nauthorization: Bearer token-${at}\r\n`), request);
    assert.doesNotMatch(request, /api-key:|hunter2/);
  }
});

test("a workload's token is read anew from its file each time", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const tokenFile = join(directory, "token");
  writeFileSync(tokenFile, `${federatedToken}\n`);
  const { clientSecret: _, ...named } = application;
  const { tokens } = await asApplication(t, { ...named, tokenFile });
  assert.equal(tokens.length, 2);
  const form = formOf(tokens[1]);
  assert.equal(form.get("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  assert.equal(form.get("client_assertion"), federatedToken);
  assert.equal(form.get("client_secret"), null);
});

for (const file of [
  {},
  { ...application, tenantId: "9a1f/../hunter2" },
  { ...application, clientId: 7 },
  { ...application, clientSecret: "" },
  { ...application, tokenFile: "/token" },
  { ...application, clientSecret: undefined, tokenFile: "token" },
  { ...application, activeDirectoryEndpointUrl: "https://hunter2.example" },
]) {
  test(`${Object.keys(file).join(", ") || "nothing"}: a file that is no application's is told before it is called`, () => {
    const faulty = { ...address, url: "https://a.openai.azure.com", apiKey: JSON.stringify(file) };
    assert.match(azureOpenAi.fault?.(faulty) ?? "", /^its key is JSON, and no application's of Entra/);
    assert.throws(
      () => azureOpenAi.open(faulty, 2),
      /^TypeError: endpoint `e-1`: its key is JSON(?!.*hunter2)/,
    );
  });
}

test("an application opens no sessions, and is told so before it is called; a key does", () => {
  const serves = engineAddress("https://a.openai.azure.com", { serves: ["realtime"] });
  const told = azureOpenAi.fault?.({ ...serves, apiKey: JSON.stringify(application) });
  assert.match(
    told ?? "",
    /^its key is an application's of Entra, which opens no sessions: leave `realtime` out/,
  );
  assert.equal(azureOpenAi.fault?.({ ...serves, apiKey: "0f1e2d" }), null);
});

test("a key that is no file is sent as it is", () => {
  assert.equal(azureOpenAi.fault?.({ ...address, apiKey: "0f1e2d" }), null);
  assert.equal(azureOpenAi.fault?.(address), null);
});

test("the call is known by the id of its gateway, or else of the service", () => {
  const [outer, inner] = ["5a3c1e6f-6b1d-4d8e-9c5f-0a1b2c3d4e5f", "6b4d2f70-7c2e-4e9f-8d60-1b2c3d4e5f60"];
  assert.equal(idOf({ "apim-request-id": outer, "x-request-id": inner }), outer);
  assert.equal(idOf({ "x-request-id": inner }), inner);
});

function idOf(headers: Readonly<Record<string, string>>): string | null {
  return azureOpenAi.evidence(address, headers, {}).callId;
}
