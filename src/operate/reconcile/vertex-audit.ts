// Google Cloud's audit log of Vertex AI: what it calls Data Access, which a project has to switch on for the service. Members
// as "Understand audit logs" and the references of `LogEntry` and `AuditLog` have them.
import { isObject } from "../../base/index.ts";
import type { LogRecord, ProviderLog } from "./provider-log.ts";
import { callIn, foreign, memberOf, other, textOf } from "./record-members.ts";

const service = "aiplatform.googleapis.com";
/** `google.cloud.aiplatform.v1.PredictionService.GenerateContent`: all of these services hand a model something to work on, but one. */
const calls =
  /^google\.cloud\.aiplatform\.[a-z0-9]+\.(PredictionService|LlmBidiService)\.(?!CountTokens$)[A-Za-z]+$/;
const resource = /^projects\/[^/]+\/locations\/([a-z0-9-]{1,64})\/.*?([^/]+)$/;

/**
 * It holds no id that an answer names, neither `responseId` nor `request-id`, so no entry can be told to be about an
 * attempt: calls are counted. Its location is that which was called (decision 0062).
 */
export const vertexAudit: ProviderLog = {
  name: "vertex-audit",
  provider: "vertex",
  wrapper: "entries",
  grade: null,
  besides: null,
  read(entry) {
    const payload = memberOf(entry, "protoPayload");
    const [called, method] = [
      textOf(memberOf(payload, "serviceName")),
      textOf(memberOf(payload, "methodName")),
    ];
    if (!isObject(entry) || called === null || method === null) return foreign;
    if (called !== service || !calls.test(method) || isContinued(entry["operation"])) return other;
    return callOf(entry, payload);
  },
};

/** A call that lasts has a second entry, at its end, which is not another call. */
function isContinued(operation: unknown): boolean {
  return isObject(operation) && operation["first"] !== true;
}

function callOf(entry: Readonly<Record<string, unknown>>, payload: unknown): LogRecord {
  const [, region = null, model = null] =
    resource.exec(textOf(memberOf(payload, "resourceName")) ?? "") ?? [];
  if (region === null) return { kind: "unreadable", member: "protoPayload.resourceName" };
  const code = memberOf(memberOf(payload, "status"), "code");
  return callIn(
    // The log's own name for the entry: who reads an exported log tells by it what was exported twice.
    { requestId: ["insertId", entry["insertId"]], time: ["timestamp", entry["timestamp"]] },
    { region, model, isRefused: typeof code === "number" && code !== 0 },
  );
}
