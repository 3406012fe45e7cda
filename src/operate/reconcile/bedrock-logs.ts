// Amazon Bedrock names the region of a call in two logs: CloudTrail, and the log of invocations that an account switches
// on. Members as AWS shows them in "Securing Amazon Bedrock cross-Region inference", "Monitor bedrock-mantle API calls using
// CloudTrail" and in its own schema of the log.
import { isObject } from "../../base/index.ts";
import type { ProviderLog } from "./provider-log.ts";
import { callIn, foreign, memberOf, other, textOf } from "./record-members.ts";

interface Door {
  /** The events that are calls of a model. Others of the same source are about its administration. */
  readonly calls: ReadonlySet<string>;
  /** The member of `requestParameters` that names the model. */
  readonly model: string;
}

/** By the source of their events. Those of `bedrock-mantle` are data events, which a trail holds only where it is told to. */
const doors: ReadonlyMap<unknown, Door> = new Map([
  [
    "bedrock.amazonaws.com",
    {
      calls: new Set(["InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"]),
      model: "modelId",
    },
  ],
  ["bedrock-mantle.amazonaws.com", { calls: new Set(["CreateInference"]), model: "model" }],
]);

export const cloudtrail: ProviderLog = {
  name: "cloudtrail",
  provider: "bedrock",
  wrapper: "Records",
  grade: "E4",
  // What a trail keeps of itself, in the same bucket ("CloudTrail log file examples").
  besides: /\/CloudTrail-(Digest|Insight)\//,
  read(record, scopes) {
    if (!isObject(record)) return foreign;
    const { eventSource, eventName, eventTime, awsRegion, requestID, errorCode } = record;
    // Every event has both, whatever it is about (CloudTrail record contents).
    if (textOf(eventSource) === null || textOf(eventName) === null) return foreign;
    const door = doors.get(eventSource);
    if (door === undefined || !door.calls.has(String(eventName))) return other;
    const model = textOf(memberOf(record["requestParameters"], door.model));
    const computed = textOf(memberOf(record["additionalEventData"], "inferenceRegion"));
    return callIn(
      { requestId: ["requestID", requestID], time: ["eventTime", eventTime] },
      {
        region: computed ?? regionSentTo(textOf(awsRegion), model, scopes),
        model,
        isRefused: textOf(errorCode) !== null,
      },
    );
  },
};

export const bedrockInvocationLog: ProviderLog = {
  name: "bedrock-invocation-log",
  provider: "bedrock",
  wrapper: "records",
  grade: "E4",
  // Bodies that are too long for a record ("Monitor model invocation using CloudWatch Logs and Amazon S3").
  besides: /\/data\/[^/]+_(input|output)\.json(\.gz)?$/,
  read(record, scopes) {
    if (!isObject(record) || record["schemaType"] !== "ModelInvocationLog") return foreign;
    const { timestamp, requestId, region, inferenceRegion, errorCode } = record;
    const model = textOf(record["modelId"]);
    return callIn(
      { requestId: ["requestId", requestId], time: ["timestamp", timestamp] },
      {
        region: textOf(inferenceRegion) ?? regionSentTo(textOf(region), model, scopes),
        model,
        isRefused: textOf(errorCode) !== null,
      },
    );
  },
};

/**
 * A record that names no region of its own is evidence of the one that was called only for a model that stays there: a
 * bare name, or the name of a foundation model. Any profile may have spread the call.
 */
function regionSentTo(called: string | null, model: string | null, scopes: readonly string[]): string | null {
  if (model === null) return null;
  const name = /^arn:[^:]*:bedrock:[^:]*:[^:]*:foundation-model\/(.+)$/.exec(model)?.[1] ?? model;
  const isProfile = name.startsWith("arn:") || scopes.some((scope) => name.startsWith(`${scope}.`));
  return isProfile ? null : called;
}
