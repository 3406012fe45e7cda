// `ConverseStream`: what a frame holds is an event as it is, under the name that its headers say
// (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
import { decodeUtf8, isObject, parseJson } from "../../base/index.ts";
import { formatSseEvent } from "../../wire/index.ts";
import { exceptionIn, type Frame, FramingError } from "./event-stream.ts";

export function converseEventOf(frame: Frame): string {
  const exception = exceptionIn(frame);
  if (exception) {
    const { name, message } = exception;
    // What is outside the API's own list of exceptions is the service's failure.
    return formatSseEvent(
      name.endsWith("Exception") ? name : "internalServerException",
      JSON.stringify({ message }),
    );
  }
  const name = frame.headers.get(":event-type") ?? "";
  const text = decodeUtf8(frame.payload);
  if (!/^[A-Za-z]+$/.test(name) || text === null || !isObject(parseJson(text)))
    throw new FramingError("a message that is no event");
  return formatSseEvent(name, text);
}
