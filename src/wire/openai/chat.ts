// The request of `POST /v1/chat/completions`: the few members that a gateway must understand. All others belong to
// the engine and reach it byte for byte.
import { concatBytes, encodeUtf8, fail, ok, type Result } from "../../base/index.ts";
import { type JsonSpan, readJsonSpan, scanJsonObject } from "../json-members.ts";

export interface ChatRequest {
  readonly model: string;
  readonly isStream: boolean;
  /** The body as it came. */
  readonly body: Uint8Array;
  /** Where the value of `model` stands in `body`. */
  readonly modelSpan: JsonSpan;
}

/** Why a request cannot be understood; for the caller, so it names members and never quotes them. */
export interface RequestFault {
  /** The member at fault, such as `messages[2].role`; null when it is the text as a whole. */
  readonly param: string | null;
  readonly message: string;
}

const maxModelLength = 256;

/**
 * `stream_options` is checked and left alone: a caller who did not ask for `include_usage` gets the stream that the
 * engine would have sent, and its token counts stay unknown.
 */
export function parseChatRequest(body: Uint8Array): Result<ChatRequest, RequestFault> {
  const members = scanJsonObject(body);
  if (!members.ok) {
    const { offset, reason } = members.error;
    return fail({ param: null, message: `the body is not valid JSON: ${reason} (at byte ${offset})` });
  }
  const valueOf = (name: string): unknown => {
    const span = members.value.get(name);
    return span && readJsonSpan(body, span);
  };
  const modelSpan = members.value.get("model");
  const [model, stream] = [valueOf("model"), valueOf("stream")];
  if (!modelSpan || !isModelName(model)) {
    return fault("model", `must be a string of 1 to ${maxModelLength} characters`);
  }
  if (!isFlag(stream)) return fault("stream", "must be true, false or null");
  const wrong = faultInMessages(valueOf("messages")) ?? faultInStreamOptions(valueOf("stream_options"));
  return wrong ? fail(wrong) : ok({ model, isStream: stream === true, body, modelSpan });
}

/** The same body with another model name in it, for the engine that knows the model by that name. */
export function rewriteModel({ body, modelSpan }: ChatRequest, name: string): Uint8Array {
  return concatBytes([
    body.subarray(0, modelSpan.start),
    encodeUtf8(JSON.stringify(name)),
    body.subarray(modelSpan.end),
  ]);
}

function isModelName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= maxModelLength;
}

function isFlag(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "boolean";
}

function faultInMessages(messages: unknown): RequestFault | null {
  if (!Array.isArray(messages) || messages.length === 0) {
    return { param: "messages", message: "`messages` must be an array of at least one message" };
  }
  const index = messages.findIndex(
    (message: unknown) => !isObject(message) || typeof message["role"] !== "string",
  );
  if (index === -1) return null;
  return {
    param: `messages[${index}]`,
    message: `\`messages[${index}]\` must be an object with a string \`role\``,
  };
}

function faultInStreamOptions(options: unknown): RequestFault | null {
  if (options === undefined || options === null) return null;
  if (isObject(options) && isFlag(options["include_usage"])) return null;
  return {
    param: "stream_options",
    message: "`stream_options` must be an object whose `include_usage` is true, false or null",
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(param: string, what: string): Result<never, RequestFault> {
  return fail({ param, message: `\`${param}\` ${what}` });
}
