import assert from "node:assert/strict";
import { test } from "node:test";
import { azureDiagnostics } from "./azure-diagnostics.ts";

const resourceId =
  "/SUBSCRIPTIONS/00000000-0000-4000-8000-000000000000/RESOURCEGROUPS/AI/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/ACME";
const properties = { apiName: "Azure OpenAI API version 2024-10-21", modelDeploymentName: "my-deployment" };
const line = {
  Tenant: "swedencentral",
  category: "RequestResponse",
  correlationId: "call-1",
  durationMs: 102,
  event: "ShoeboxCallResult",
  location: "swedencentral",
  operationName: "ChatCompletions_Create",
  properties,
  resourceId,
  resultSignature: "200",
  time: "2026-05-30T14:32:11.4351234Z",
};

const call = {
  requestId: "call-1",
  timeMs: Date.UTC(2026, 4, 30, 14, 32, 11, 435),
  region: "swedencentral",
  model: "my-deployment",
  isRefused: false,
};

test("a request that names a deployment is a call, known by the id that its answer's header has", () => {
  assert.deepEqual(azureDiagnostics.read(line, []), { kind: "call", call });
  const asText = { ...line, properties: JSON.stringify(properties) };
  assert.deepEqual(azureDiagnostics.read(asText, []), { kind: "call", call });
});

test("one that was answered with another status than a good one is refused; a status may be missing", () => {
  for (const [resultSignature, isRefused] of [
    ["429", true],
    [500, true],
    ["201", false],
    [undefined, false],
    ["Succeeded", false],
  ] as const) {
    const read = azureDiagnostics.read({ ...line, resultSignature }, []);
    assert.deepEqual(read, { kind: "call", call: { ...call, isRefused } }, String(resultSignature));
  }
});

for (const { title, record, kind } of [
  { title: "a line of another category", record: { ...line, category: "Audit" }, kind: "other" },
  { title: "a call that names no deployment", record: { ...line, properties: {} }, kind: "other" },
  { title: "properties that are no JSON", record: { ...line, properties: "{" }, kind: "other" },
  {
    title: "a line of a gateway in front",
    record: { ...line, resourceId: "/SUBSCRIPTIONS/X/PROVIDERS/MICROSOFT.APIMANAGEMENT/SERVICE/ACME" },
    kind: "foreign",
  },
  { title: "a record without a category", record: { ...line, category: null }, kind: "foreign" },
  { title: "text", record: "RequestResponse", kind: "foreign" },
  { title: "a call without an id", record: { ...line, correlationId: "" }, kind: "unreadable" },
  { title: "a call without a time", record: { ...line, time: "yesterday" }, kind: "unreadable" },
] as const) {
  test(`${title} is ${kind}`, () => {
    assert.equal(azureDiagnostics.read(record, []).kind, kind);
  });
}
