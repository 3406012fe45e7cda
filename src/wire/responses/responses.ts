// The request of `POST /v1/responses`: the few members that a gateway must understand. All others belong to the engine and
// reach it byte for byte.
import { fail, ok, type Result } from "../../base/index.ts";
import { boundOfMedia } from "../media/media-bound.ts";
import type { ErrorDetails } from "../error-body.ts";
import { findExits } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import { formatOpenAiError } from "../openai/error.ts";
import {
  type BodyEdit,
  type JsonOperation,
  type RequestFault,
  type RequestView,
  unspoken,
} from "../operation.ts";
import { fault, isCount, readMembers, type RequestMembers } from "../request-body.ts";
import { formatSseEvent } from "../sse.ts";
import { findReferences } from "./references.ts";
import { responseExits } from "./response-exits.ts";

export const responses: JsonOperation = {
  name: "responses",
  genAiName: "chat",
  method: "POST",
  path: "/v1/responses",
  aliases: ["/openai/v1/responses", "/openai/responses"],
  body: "json",
  answeredBy: "engine",
  isCompared: false,
  exits: responseExits,
  read: readResponse,
  formatError: formatOpenAiError,
  formatErrorEvent,
};

function readResponse(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, ["input", "store", "max_output_tokens", "previous_response_id"]);
  if (!members.ok) return members;
  const { spans, valueOf, wantsEvents, model, modelSpan } = members.value;
  const input = valueOf("input");
  if (typeof input !== "string" && !Array.isArray(input))
    return fail(fault("input", "must be a text or an array of items"));
  const tokens = valueOf("max_output_tokens");
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits: findExits(responseExits, spans.keys(), valueOf),
    answerBound: {
      prompts: 1,
      tokens: isCount(tokens) ? tokens : null,
      answers: 1,
      ...boundOfMedia([input]),
    },
    // A response's stream always tells its tokens; a translation of it may have to ask.
    usageWish: wantsEvents ? unspoken : null,
    unsaid: keepNothing(members.value),
    references: findReferences(body, members.value),
  });
}

/** Who says nothing has the response kept for a month (developers.openai.com/api/docs/guides/your-data): so it is said. */
function keepNothing({ spans, modelSpan, valueOf }: RequestMembers): BodyEdit | null {
  const span = spans.get("store");
  if (!span) return { span: { start: modelSpan.end, end: modelSpan.end }, text: ',"store":false' };
  return valueOf("store") === null ? { span, text: "false" } : null;
}

/** The last event of a stream that broke off: no `response.completed` follows. */
function formatErrorEvent({ type, message, param, code }: ErrorDetails): string {
  return formatSseEvent("error", JSON.stringify({ type: "error", code: code ?? type, message, param }));
}
