// Azure's log of the calls of a resource, as Azure Monitor writes it to a storage account or an event hub: a setting of the
// resource, category `RequestResponse` ("Common and service-specific schemas for Azure resource logs"; the members of
// `properties` as published samples have them, for no document lists them).
import { isObject, parseJson } from "../../base/index.ts";
import type { LogRecord, ProviderLog } from "./provider-log.ts";
import { callIn, foreign, memberOf, other, textOf } from "./record-members.ts";

/** Resource ids are the same in capitals. */
const ofModels = /\/providers\/microsoft\.cognitiveservices\/accounts\//i;

/**
 * Its `location` is that of the resource which was called, as the header `x-ms-region` has it, and no member says of which
 * kind the deployment is. So it is worth what the header is (decision 0062).
 */
export const azureDiagnostics: ProviderLog = {
  name: "azure-diagnostics",
  provider: "azure-openai",
  wrapper: "records",
  grade: "E2",
  besides: null,
  read(record) {
    if (!isObject(record)) return foreign;
    const { category, resourceId } = record;
    if (textOf(category) === null || !ofModels.test(textOf(resourceId) ?? "")) return foreign;
    return category === "RequestResponse" ? requestIn(record) : other;
  },
};

/** A request that names no deployment is about something else, such as a file or a thread; or the second line of a call. */
function requestIn({ correlationId, time, location, resultSignature, properties }: Members): LogRecord {
  const model = textOf(memberOf(propertiesIn(properties), "modelDeploymentName"));
  if (model === null) return other;
  return callIn(
    // What the header `apim-request-id` of the answer says.
    { requestId: ["correlationId", correlationId], time: ["time", time] },
    { region: textOf(location), model, isRefused: isRefusal(resultSignature) },
  );
}

type Members = Readonly<Record<string, unknown>>;

/** An object, or the same as text. */
function propertiesIn(properties: unknown): unknown {
  return typeof properties === "string" ? parseJson(properties) : properties;
}

/** The status of the answer. One that is not told may have been given. */
function isRefusal(status: unknown): boolean {
  return /^\d{3}$/.test(String(status)) && !String(status).startsWith("2");
}
