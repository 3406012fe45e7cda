// Anthropic's dialect through `InvokeModel`: the model is in the path, the version in the body, and a stream's events come
// in Amazon's frames (docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html).
import { decodeUtf8, encodeUtf8, isObject, parseJson } from "../../base/index.ts";
import { formatSseEvent, scanJsonObject } from "../../wire/index.ts";
import { type AnswerHeaders, type AnswerReceiver, type CallUnderWay, UpstreamError } from "../provider.ts";
import { type Frame, FrameReader, FramingError } from "./event-stream.ts";

const left = ["model", "stream", "anthropic_version"];

/** Every other member's bytes as they came: signed thinking stays signed. */
export function invokeBody(body: Uint8Array): readonly Uint8Array[] {
  const members = scanJsonObject(body, { maxValues: Infinity, maxNames: Infinity });
  if (!members.ok) throw new TypeError("a body that is no JSON object was given to an engine");
  const parts: Uint8Array[] = [encodeUtf8('{"anthropic_version":"bedrock-2023-05-31"')];
  for (const [name, { start, end }] of members.value)
    if (!left.includes(name)) parts.push(encodeUtf8(`,${JSON.stringify(name)}:`), body.subarray(start, end));
  return [...parts, encodeUtf8("}")];
}

const framed = /^application\/vnd\.amazon\.eventstream\b/i;

/** Tells `receiver` events in place of frames. INVARIANT: nothing of a frame is told before both its checksums. */
export class FramedAnswer implements AnswerReceiver {
  readonly #receiver: AnswerReceiver;
  readonly #maxEventBytes: number;
  #frames: FrameReader | null = null;
  #isOver = false;
  underWay: CallUnderWay | null = null;

  constructor(receiver: AnswerReceiver, maxEventBytes: number) {
    this.#receiver = receiver;
    this.#maxEventBytes = maxEventBytes;
  }

  onHead(status: number, headers: AnswerHeaders): void {
    if (!framed.test(headers["content-type"] ?? "")) return this.#receiver.onHead(status, headers);
    this.#frames = new FrameReader(frameBytesFor(this.#maxEventBytes));
    this.#receiver.onHead(status, { ...headers, "content-type": "text/event-stream" });
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#frames) return this.#receiver.onBytes(bytes);
    try {
      const text = this.#frames.push(bytes).map(eventOf).join("");
      if (text !== "") this.#receiver.onBytes(encodeUtf8(text));
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#isOver = true;
      this.underWay?.cancel();
      this.#receiver.onFailure(new UpstreamError("broken", { cause: error }));
    }
  }

  onEnd(): void {
    if (this.#isOver) return;
    if (this.#frames?.isAmid === true) this.#receiver.onFailure(new UpstreamError("broken"));
    else this.#receiver.onEnd();
  }

  onFailure(error: Error): void {
    if (!this.#isOver) this.#receiver.onFailure(error);
  }
}

/** An event comes in base64 (RFC 4648 §4), with headers and some padding beside it. */
function frameBytesFor(eventBytes: number): number {
  return Math.ceil(eventBytes / 3) * 4 + besideEventBytes;
}

const besideEventBytes = 64 * 1024;

/** An event of Anthropic's, or the error that ends the stream in its words. */
function eventOf({ headers, payload }: Frame): string {
  const body = parseJson(decodeUtf8(payload) ?? "");
  if (headers.get(":message-type") !== "event") {
    const name = headers.get(":exception-type") ?? headers.get(":error-code") ?? "";
    const message = isObject(body) && typeof body["message"] === "string" ? body["message"] : name;
    const error = { type: errorTypes.get(name) ?? "api_error", message };
    return formatSseEvent("error", JSON.stringify({ type: "error", error }));
  }
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
