// `GET /v1/realtime` over WebSocket: a conversation in events both ways. The model is named in the query, before anything is said.
import { fail, ok, type Result } from "../../base/index.ts";
import type { ErrorDetails } from "../error-body.ts";
import { formatOpenAiError } from "../openai/error.ts";
import type { QueryMembers, RequestFault, RequestView, SessionOperation } from "../operation.ts";
import { fault, maxModelLength } from "../request-body.ts";
import { readCallerEvent } from "./caller-event.ts";
import { readEngineEvent } from "./engine-event.ts";
import { itemExits, sessionExits } from "./session-exits.ts";

export const realtime: SessionOperation = {
  name: "realtime",
  genAiName: "realtime",
  method: "GET",
  path: "/v1/realtime",
  aliases: ["/openai/v1/realtime", "/openai/realtime"],
  body: "events",
  answeredBy: "engine",
  isCompared: false,
  // Inside events, where `readCallerEvent` finds them.
  exits: [...sessionExits, ...itemExits],
  read: readQuery,
  readCallerEvent,
  readEngineEvent,
  formatError: formatOpenAiError,
  formatErrorEvent: (error) => formatEventError(error, null),
  formatEventError,
};

/**
 * `call_id` would join a call that another connection holds, `intent` a session without the model that is decided on. Azure's
 * callers say `deployment` and a version (learn.microsoft.com/azure/foundry/openai/how-to/realtime-audio-websockets).
 */
function readQuery(query: QueryMembers): Result<RequestView, RequestFault> {
  const said = query.filter(([name]) => name !== "api-version");
  if (said.some(([name]) => name !== "model" && name !== "deployment"))
    return fail({ param: null, message: "the query takes `model` alone, or `deployment` in its place" });
  const [model, ...others] = said.map(([, value]) => value);
  if (model === undefined || others.length > 0 || model.length === 0 || model.length > maxModelLength)
    return fail(fault("model", `must stand in the query once, with 1 to ${maxModelLength} characters`));
  return ok({
    model,
    wantsEvents: true,
    body: nothing,
    modelSpan: null,
    exits: [],
    answerBound: { prompts: 1, tokens: null, answers: 1, bytes: Number.POSITIVE_INFINITY },
    usageWish: null,
    unsaid: null,
  });
}

const nothing = new Uint8Array();

/** As OpenAI tells errors: `event_id` inside is the caller's event that it is about. */
function formatEventError({ type, message, param, code }: ErrorDetails, eventId: string | null): string {
  return JSON.stringify({
    type: "error",
    error: { type, code: code ?? type, message, param, event_id: eventId },
  });
}
