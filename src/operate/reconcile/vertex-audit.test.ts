import assert from "node:assert/strict";
import { test } from "node:test";
import { vertexAudit } from "./vertex-audit.ts";

const payload = {
  "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
  serviceName: "aiplatform.googleapis.com",
  methodName: "google.cloud.aiplatform.v1.PredictionService.GenerateContent",
  resourceName: "projects/acme-ai/locations/europe-west1/publishers/google/models/gemini-3-pro",
};
const entry = {
  insertId: "1tif4epd6kb0",
  logName: "projects/acme-ai/logs/cloudaudit.googleapis.com%2Fdata_access",
  protoPayload: payload,
  resource: { type: "audited_resource" },
  timestamp: "2026-05-30T14:32:11.360468025Z",
};
const call = {
  requestId: "1tif4epd6kb0",
  timeMs: Date.UTC(2026, 4, 30, 14, 32, 11, 360),
  region: "europe-west1",
  model: "gemini-3-pro",
  isRefused: false,
};

function withPayload(members: object): object {
  return { ...entry, protoPayload: { ...payload, ...members } };
}

test("an entry of a method that a model answers is a call at the location of its resource", () => {
  assert.deepEqual(vertexAudit.read(entry, []), { kind: "call", call });
  for (const method of [
    "v1beta1.PredictionService.StreamGenerateContent",
    "v1.PredictionService.StreamRawPredict",
    "v1beta1.LlmBidiService.BidiGenerateContent",
  ]) {
    const read = vertexAudit.read(withPayload({ methodName: `google.cloud.aiplatform.${method}` }), []);
    assert.equal(read.kind, "call", method);
  }
});

test("a call that lasts is one call, though it has an entry at its begin and one at its end", () => {
  const operation = { id: "4589454217756337477", producer: "aiplatform.googleapis.com" };
  assert.equal(vertexAudit.read({ ...entry, operation: { ...operation, first: true } }, []).kind, "call");
  assert.equal(vertexAudit.read({ ...entry, operation: { ...operation, last: true } }, []).kind, "other");
});

test("a call that Google answered with an error is refused", () => {
  const refused = { kind: "call", call: { ...call, isRefused: true } };
  assert.deepEqual(vertexAudit.read(withPayload({ status: { code: 7, message: "denied" } }), []), refused);
  assert.deepEqual(vertexAudit.read(withPayload({ status: {} }), []), { kind: "call", call });
});

for (const { title, record, kind } of [
  {
    title: "a count of tokens",
    record: withPayload({ methodName: "google.cloud.aiplatform.internal.PredictionService.CountTokens" }),
    kind: "other",
  },
  {
    title: "an entry about an endpoint's administration",
    record: withPayload({ methodName: "google.cloud.aiplatform.v1.EndpointService.CreateEndpoint" }),
    kind: "other",
  },
  {
    title: "an entry of another service",
    record: withPayload({ serviceName: "storage.googleapis.com" }),
    kind: "other",
  },
  { title: "an entry of no audit log", record: { ...entry, protoPayload: undefined }, kind: "foreign" },
  { title: "text", record: "protoPayload", kind: "foreign" },
  {
    title: "a call at no location",
    record: withPayload({ resourceName: "projects/acme-ai" }),
    kind: "unreadable",
  },
  { title: "a call without an id", record: { ...entry, insertId: 7 }, kind: "unreadable" },
] as const) {
  test(`${title} is ${kind}`, () => {
    assert.equal(vertexAudit.read(record, []).kind, kind);
  });
}
