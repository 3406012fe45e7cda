// Every operation of an API that the gateway answers.
import { countTokens, messages } from "./anthropic/messages.ts";
import { chatCompletions } from "./openai/chat.ts";
import { completions } from "./openai/completions.ts";
import { embeddings } from "./openai/embeddings.ts";
import { speech } from "./audio/speech.ts";
import { transcriptions, translations } from "./audio/transcriptions.ts";
import { edits, variations } from "./images/edits.ts";
import { generations } from "./images/generations.ts";
import { moderations } from "./openai/moderations.ts";
import { rerank } from "./rerank/rerank.ts";
import { model, models } from "./openai/models.ts";
import { realtime } from "./realtime/realtime.ts";
import { responses } from "./responses/responses.ts";
import { cancelBatch, createBatch, listBatches, showBatch } from "./stored/batches.ts";
import { deleteFile, fileContent, listFiles, showFile, uploadFile } from "./stored/files.ts";
import type { ApiOperation, EngineOperation } from "./operation.ts";

/** In the order in which an engine that answers one as another is asked. */
export const engineOperations: readonly EngineOperation[] = [
  chatCompletions,
  completions,
  embeddings,
  responses,
  messages,
  countTokens,
  rerank,
  moderations,
  transcriptions,
  translations,
  speech,
  generations,
  edits,
  variations,
  realtime,
];

export const operations: readonly ApiOperation[] = [
  ...engineOperations,
  models,
  model,
  uploadFile,
  listFiles,
  showFile,
  fileContent,
  deleteFile,
  createBatch,
  listBatches,
  showBatch,
  cancelBatch,
];
