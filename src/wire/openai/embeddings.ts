// The request of `POST /v1/embeddings`, and what it asks of the form of its answer.
import { decodeUtf8, fail, isObject, ok, parseJson, type Result } from "../../base/index.ts";
import { azurePaths } from "../azure-paths.ts";
import { findExits, unmarkedIn } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import { boundOfMedia } from "../media/media-bound.ts";
import type { JsonOperation, ExitRule, RequestFault, RequestView } from "../operation.ts";
import { fault, isCount, readMembers } from "../request-body.ts";
import { findRemoteMedia } from "./chat-exits.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "./error.ts";
import { countPrompts, promptWords } from "./prompts.ts";
import { steeringExits } from "./steering-exits.ts";

/** vLLM embeds a chat too, whose pictures it would fetch. */
const embeddingExits: readonly ExitRule[] = [
  ...steeringExits,
  { member: "messages", does: "moves", find: findRemoteMedia },
];

export const embeddings: JsonOperation = {
  name: "embeddings",
  genAiName: "embeddings",
  method: "POST",
  path: "/v1/embeddings",
  aliases: azurePaths("/embeddings"),
  body: "json",
  answeredBy: "engine",
  isCompared: true,
  exits: embeddingExits,
  read: readEmbeddings,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

function readEmbeddings(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, ["input", "encoding_format", "dimensions"]);
  if (!members.ok) return members;
  const { spans, valueOf, wantsEvents, model, modelSpan } = members.value;
  if (wantsEvents) return fail(fault("stream", "must be absent or false: vectors are not streamed"));
  const prompts = countPrompts(valueOf("input"));
  if (prompts === null) return fail(fault("input", promptWords));
  const exits = findExits(embeddingExits, spans.keys(), valueOf);
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits,
    references: unmarkedIn(exits),
    answerBound: { prompts, tokens: 0, answers: prompts, ...boundOfMedia([valueOf("messages")]) },
    usageWish: null,
    unsaid: null,
  });
}

/** What the answer must look like, so that nobody is given vectors in a form that they did not ask for. */
export interface VectorForm {
  readonly isBase64: boolean;
  /** Null where the model's own is meant. */
  readonly dimensions: number | null;
}

/** Of a body that {@link embeddings} has read. */
export function vectorFormOf(body: Uint8Array): VectorForm {
  const members = parseJson(decodeUtf8(body) ?? "");
  const { encoding_format: format, dimensions } = isObject(members) ? members : {};
  return { isBase64: format === "base64", dimensions: isCount(dimensions) ? dimensions : null };
}
