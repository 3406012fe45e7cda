// What travels: API schemas, errors, event streams.
export {
  carriesRetryAfter,
  errorReference,
  formatOpenAiError,
  formatOpenAiStreamError,
} from "./error-body.ts";
export { type ErrorType, errorTypes } from "./error-type.ts";
export {
  type ChatAnswer,
  type ChatChunk,
  parseChatAnswer,
  parseChatChunk,
  type TokenUsage,
} from "./openai/answer.ts";
export { type ChatRequest, parseChatRequest, type RequestFault, rewriteModel } from "./openai/chat.ts";
export { formatModelList } from "./openai/models.ts";
export { readRetryAfterMs } from "./retry-after.ts";
export { scanJsonObject } from "./json-members.ts";
export { formatSseComment, formatSseData, SseParser } from "./sse.ts";
