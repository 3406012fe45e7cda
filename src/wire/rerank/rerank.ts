// The request of `POST /v1/rerank`, which is Cohere's (docs.cohere.com/reference/rerank) and Jina's, as vLLM and Infinity
// take it: documents in the order in which they answer a query.
import { fail, ok, type Result } from "../../base/index.ts";
import { findExits } from "../exits.ts";
import { type ScannedObject, scanJsonObject } from "../json-members.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "../openai/error.ts";
import type { JsonOperation, RequestFault, RequestView } from "../operation.ts";
import { boundOfMedia } from "../media/media-bound.ts";
import { fault, readMembers } from "../request-body.ts";
import { documentsOf, rerankExits } from "./rerank-exits.ts";

export const rerank: JsonOperation = {
  name: "rerank",
  genAiName: "rerank",
  method: "POST",
  path: "/v1/rerank",
  // vLLM has all three, Infinity the first, Cohere the second.
  aliases: ["/rerank", "/v2/rerank"],
  body: "json",
  answeredBy: "engine",
  // Scores are compared with those of the same answer.
  isCompared: false,
  exits: rerankExits,
  read: readRerank,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

function readRerank(
  body: Uint8Array,
  scanned: ScannedObject = scanJsonObject(body),
): Result<RequestView, RequestFault> {
  const members = readMembers(body, scanned, ["query", "documents"]);
  if (!members.ok) return members;
  const { spans, valueOf, wantsEvents, model, modelSpan } = members.value;
  if (wantsEvents) return fail(fault("stream", "must be absent or false: a ranking is not streamed"));
  const query = spans.get("query");
  if (!query || !isText(valueOf("query"))) return fail(fault("query", "must be a text or an object"));
  const documents = documentsOf(valueOf("documents"));
  if (documents.length === 0 || !documents.every(isText))
    return fail(fault("documents", "must be an array of at least one text or object"));
  const pairs = documents.length;
  return ok({
    model,
    wantsEvents,
    body,
    modelSpan,
    exits: findExits(rerankExits, spans.keys(), valueOf),
    // A cross-encoder reads the query again with each document.
    answerBound: {
      prompts: pairs,
      tokens: 0,
      answers: 1,
      bytes: body.length + (pairs - 1) * (query.end - query.start),
      ...boundOfMedia([valueOf("query"), documents]),
    },
    usageWish: null,
    unsaid: null,
  });
}

function isText(value: unknown): boolean {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}
