// Anthropic's dialect through `InvokeModel`: the model is in the path, the version in the body, and a stream's events come
// in Amazon's frames (docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html).
import { decodeUtf8, isObject, parseJson } from "../../base/index.ts";
import { formatSseEvent } from "../../wire/index.ts";
import { beginningWith } from "../json-body.ts";
import { exceptionIn, type Frame, FramingError } from "./event-stream.ts";

export function invokeBody(body: Uint8Array): readonly Uint8Array[] {
  const left = ["model", "stream", "anthropic_version"];
  return beginningWith('"anthropic_version":"bedrock-2023-05-31"', body, left);
}

/** An event of Anthropic's, or the error that ends the stream in its words. */
export function messageEventOf(frame: Frame): string {
  const exception = exceptionIn(frame);
  if (exception) {
    const { name, message } = exception;
    const error = { type: errorTypes.get(name) ?? "api_error", message };
    return formatSseEvent("error", JSON.stringify({ type: "error", error }));
  }
  const body = parseJson(decodeUtf8(frame.payload) ?? "");
  const bytes = isObject(body) ? body["bytes"] : null;
  const text = typeof bytes === "string" ? decodeUtf8(Buffer.from(bytes, "base64")) : null;
  const event = parseJson(text ?? "");
  if (text === null || !isObject(event) || typeof event["type"] !== "string" || /[\r\n]/.test(text))
    throw new FramingError("a message that is no event");
  return formatSseEvent(event["type"], text);
}

/** The exceptions of `InvokeModelWithResponseStream`. */
const errorTypes: ReadonlyMap<string, string> = new Map([
  ["throttlingException", "rate_limit_error"],
  ["serviceUnavailableException", "overloaded_error"],
  ["modelTimeoutException", "timeout_error"],
  ["validationException", "invalid_request_error"],
]);
