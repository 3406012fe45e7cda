import assert from "node:assert/strict";
import { test } from "node:test";
import { bedrockInvocationLog, cloudtrail } from "./bedrock-logs.ts";
import type { LogRecord } from "./provider-log.ts";

const scopes = ["eu", "global"];
const timeMs = Date.UTC(2026, 4, 30, 14, 32, 11);

/** As AWS documents it for `bedrock-mantle`. */
const mantle = {
  eventVersion: "1.08",
  eventTime: "2026-05-30T14:32:11Z",
  eventSource: "bedrock-mantle.amazonaws.com",
  eventName: "CreateInference",
  awsRegion: "eu-central-1",
  requestParameters: { model: "openai.gpt-oss-120b", stream: true, callWithBearerToken: true },
  responseElements: null,
  requestID: "call-1",
  eventCategory: "Data",
};

function regionOf(record: LogRecord): string | null | undefined {
  return record.kind === "call" ? record.call.region : undefined;
}

test("an inference at `bedrock-mantle` ran in the region that was called", () => {
  assert.deepEqual(cloudtrail.read(mantle, scopes), {
    kind: "call",
    call: {
      requestId: "call-1",
      timeMs,
      region: "eu-central-1",
      model: "openai.gpt-oss-120b",
      isRefused: false,
    },
  });
});

test("what else `bedrock-mantle` logs is no call of a model", () => {
  for (const eventName of ["ListModels", "CountTokens", "GetInference", "InvokeModel"])
    assert.equal(cloudtrail.read({ ...mantle, eventName }, scopes).kind, "other", eventName);
});

test("a call is evidence of the region called only where its model is named, and cannot be spread from there", () => {
  const runtime = { ...mantle, eventSource: "bedrock.amazonaws.com", eventName: "Converse" };
  for (const { model, region } of [
    { model: "anthropic.claude", region: "eu-central-1" },
    {
      model: "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude",
      region: "eu-central-1",
    },
    { model: "eu.anthropic.claude", region: null },
    { model: "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/x", region: null },
    { model: null, region: null },
  ]) {
    const called = { ...runtime, requestParameters: { modelId: model } };
    assert.equal(regionOf(cloudtrail.read(called, scopes)), region, String(model));
    const logged = {
      schemaType: "ModelInvocationLog",
      timestamp: mantle.eventTime,
      requestId: "call-1",
      region: "eu-central-1",
      modelId: model,
    };
    assert.equal(regionOf(bedrockInvocationLog.read(logged, scopes)), region, String(model));
  }
});
