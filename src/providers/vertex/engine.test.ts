import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { engineContract } from "../../../test/contract/engine-contract.ts";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { simulatedSubject } from "../../../test/support/simulated-subject.ts";
import { startProviderFront } from "../../../test/support/provider-front.ts";
import { serviceAccountFile } from "../../../test/support/token-endpoint.ts";
import type { EndpointAddress, Evidence } from "../provider.ts";
import { askedAs } from "../serves.ts";
import { rawPredictBody } from "./raw-predict.ts";
import { vertex } from "./engine.ts";
import { siteOf } from "./site.ts";

const google = createServer((_request, response) => {
  response.end(JSON.stringify({ access_token: "ya29.contract", expires_in: 3599, token_type: "Bearer" }));
});
await once(google.listen(0, "127.0.0.1"), "listening");
google.unref();

const publishers = "/v1/projects/acme-ai/locations/europe-west3/publishers";
const paths: Readonly<Record<string, string>> = {
  [`${publishers}/google/models/llama:generateContent`]: "/v1/chat/completions",
  [`${publishers}/google/models/llama:streamGenerateContent?alt=sse`]: "/v1/chat/completions",
  "/health": "/health",
};

engineContract("vertex", () =>
  simulatedSubject(vertex, {
    askedAs: "generate_content",
    region: "europe-west3",
    apiKey: serviceAccountFile(),
    tokenUrl: `http://127.0.0.1:${(google.address() as AddressInfo).port}/token`,
    front: (url) =>
      startProviderFront(url, ({ path, headers }) =>
        headers.authorization === "Bearer ya29.contract" ? (paths[path] ?? null) : null,
      ),
  }),
);

function addressAt(url: string, some: Partial<EndpointAddress> = {}): EndpointAddress {
  return { ...engineAddress(url), engine: "vertex", region: "europe-west3", ...some };
}

const host = "https://europe-west3-aiplatform.googleapis.com";

function wholeAt(url: string, some: Partial<EndpointAddress> = {}, project = "of-the-file"): unknown {
  const account = { email: "a", keyId: null, project, key: null as never };
  return siteOf(addressAt(url, some), account)?.paths.generate_content;
}

test("the location is the region's label, and the project that of the URL, or else of the key file", () => {
  const stream = ":streamGenerateContent?alt=sse";
  const at = (base: string) => ({
    whole: `${base}/publishers/google/models/{model}:generateContent`,
    stream: `${base}/publishers/google/models/{model}${stream}`,
  });
  assert.deepEqual(wholeAt(`${host}/v1/projects/acme`), at("/v1/projects/acme/locations/europe-west3"));
  assert.deepEqual(wholeAt(host), at("/v1/projects/of-the-file/locations/europe-west3"));
  const eu = { region: "eu" };
  assert.deepEqual(
    wholeAt("https://aiplatform.eu.rep.googleapis.com", eu),
    at("/v1/projects/of-the-file/locations/eu"),
  );
  for (const path of ["/v1/projects/acme/locations/us-central1", "/v2/projects/acme", "/v1/projects/.."])
    assert.equal(wholeAt(host + path), undefined);
  assert.equal(wholeAt(host, { region: null }), undefined);
  for (const project of ["../x", "a/b", "a?b", "", "."]) assert.equal(wholeAt(host, {}, project), undefined);
});

function faultOf(apiKey: string | null, path = ""): string | null {
  return vertex.fault?.(addressAt(host + path, { apiKey })) ?? null;
}

test("what cannot be called is said before it is, without a word of the key", () => {
  assert.equal(faultOf(serviceAccountFile()), null);
  assert.equal(faultOf(null, "/v1/projects/acme"), null);
  assert.match(faultOf(null) ?? "", /^no project/);
  assert.match(faultOf(serviceAccountFile({ project_id: undefined })) ?? "", /^no project/);
  assert.match(
    faultOf(null, "/v1/projects/Acme_AI") ?? "",
    /^`Acme_AI`, the project of its URL, is no project's id/,
  );
  assert.match(
    faultOf(serviceAccountFile({ project_id: "Hunter2" })) ?? "",
    /^the project of its key file is no project's id/,
  );
  assert.match(
    vertex.fault?.(addressAt(`${host}/v1/projects/acme`, { region: "eu/x" })) ?? "",
    /^its region `eu\/x`/,
  );
  for (const file of [
    "AIzaHunter2",
    serviceAccountFile({ type: "external_account" }),
    serviceAccountFile({ private_key: "hunter2" }),
    serviceAccountFile({ token_uri: "https://hunter2.example/token" }),
    serviceAccountFile({ client_email: 7 }),
  ]) {
    assert.match(faultOf(file) ?? "", /^its key is no key file of a service account/);
    assert.doesNotMatch(faultOf(file) ?? "", /hunter2/i);
    assert.throws(
      () => vertex.open(addressAt(host, { apiKey: file }), 2),
      /^TypeError: endpoint `e-1`: its key/,
    );
  }
});

test("models of Anthropic's are asked in messages, and all others in Google's dialects, whatever a caller speaks", () => {
  const at = { address: addressAt(host), engine: vertex };
  for (const asked of ["chat_completions", "responses", "messages"] as const) {
    assert.equal(askedAs(asked, at, "claude-opus-5-5"), "messages");
    assert.equal(askedAs(asked, at, "gemini-3-pro"), "generate_content");
  }
  assert.equal(askedAs("embeddings", at, "gemini-embedding-001"), "predict");
  assert.equal(askedAs("embeddings", at, "claude-opus-5-5"), null);
  assert.equal(askedAs("count_tokens", at, "gemini-3-pro"), null);
});

for (const name of ["Anthropic_Version", "anthropic_ver\u017fion", "MODEL"])
  test(`\`${name}\` is left out as what an engine may take it for`, () => {
    const body = Buffer.from(`{"${name}":"x","max_tokens":9}`);
    const sent = Buffer.concat(rawPredictBody(body)).toString();
    assert.equal(sent, '{"anthropic_version":"vertex-2023-10-16","max_tokens":9}');
  });

test("a message goes as rawPredict takes it: its version within, its model without, all else as it came", () => {
  const body = Buffer.from(
    '{"model":"m","stream":true,"anthropic_version":"x","max_tokens":9.0,"a":{"model":1}}',
  );
  assert.equal(
    Buffer.concat(rawPredictBody(body)).toString(),
    '{"anthropic_version":"vertex-2023-10-16","stream":true,"max_tokens":9.0,"a":{"model":1}}',
  );
});

function shown(region: string, body: unknown): Partial<Evidence> {
  const headers = { "request-id": "req_vrtx_011CTkLbWQ8s3fVhQ2yN5xZe" };
  const { evidenceClass, places, source, callId } = vertex.evidence(
    addressAt(host, { region }),
    headers,
    body,
  );
  return { evidenceClass, places, source, callId };
}

test("a regional host is evidence of the selection, and the global one of nothing", () => {
  const selection = { evidenceClass: "E1", places: [], source: "selection" };
  const callId = "req_vrtx_011CTkLbWQ8s3fVhQ2yN5xZe";
  assert.deepEqual(shown("eu", null), { ...selection, callId });
  const responseId = "mAitaLmkHPPlz7IPvtfUqQ4";
  assert.deepEqual(shown("us-central1", { responseId }), { ...selection, callId: responseId });
  assert.deepEqual(shown("global", {}), { evidenceClass: "E0", places: [], source: "none", callId });
});
