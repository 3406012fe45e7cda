// What travels: API schemas, errors, event streams.
export { carriesRetryAfter, type ErrorDetails, errorReference, isWorthRetrying } from "./error-body.ts";
export { type EngineError, readEngineError, readEngineErrorBody } from "./engine-error.ts";
export { type ErrorType, errorTypes } from "./error-type.ts";
export { type ChatAnswer, type ChatChunk, parseChatAnswer, parseChatChunk } from "./openai/answer.ts";
export { type ChatRequest, parseChatRequest } from "./openai/chat.ts";
export type {
  ApiOperation,
  BodyEdit,
  CallerEvent,
  CellOperationName,
  EngineOperation,
  EngineOperationName,
  Exit,
  ExitKind,
  ExitRule,
  EngineEvent,
  FormOperation,
  JsonOperation,
  OperationName,
  Reference,
  RequestFault,
  RequestView,
  SessionOperation,
  SpokenName,
} from "./operation.ts";
export { engineOperations, operations } from "./operations.ts";
export { type AnswerMarks, formatMark, type MarkedKind, markedKinds } from "./responses/marks.ts";
export { inDeployment } from "./deployment.ts";
export { formatOpenAiError, formatOpenAiStreamError } from "./openai/error.ts";
export { formatAnthropicError, formatAnthropicStreamError } from "./anthropic/error.ts";
export { formatAnthropicModel, formatAnthropicModelList } from "./anthropic/models.ts";
export { formatModel, formatModelList } from "./openai/models.ts";
export {
  type BatchEndpoint,
  type BatchError,
  type BatchStatus,
  type BatchView,
  type BatchWish,
  formatBatch,
  formatBatchList,
  formatLineResult,
  type LineResult,
  lineOfResult,
  readBatchLine,
  readBatchWish,
} from "./stored/batches.ts";
export {
  type FilePurpose,
  type FileView,
  formatFile,
  formatFileDeleted,
  formatFileList,
  uploadPurposes,
} from "./stored/files.ts";
export { plainView } from "./openai/models.ts";
export { readRetryAfterMs } from "./retry-after.ts";
export { type BoundedForm, boundaryOf, type FormPart, scanForm } from "./form/multipart.ts";
export { answerType } from "./answer-type.ts";
export { type JsonSpan, scanJsonObject } from "./json-members.ts";
export { isNamed } from "./member-name.ts";
export { edited } from "./renamed-body.ts";
export { formatSseComment, formatSseData, formatSseEvent, type SseEvent, SseParser } from "./sse.ts";
export type { TokenUsage } from "./token-usage.ts";
export {
  type AnswerFacts,
  type AnswerFault,
  type AnswerTranslator,
  keptAnswer,
  type Translation,
  type Untranslatable,
} from "./translation.ts";
export { translationFor } from "./translate/translations.ts";
