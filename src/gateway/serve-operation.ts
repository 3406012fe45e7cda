import { type ApiOperation, type CellOperationName, inDeployment } from "../wire/index.ts";
import type { ErrorWords } from "./exchange/error-words.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { listModels, showModel } from "./operations/models.ts";
import { cancelBatch, listBatches, showBatch, submitBatch } from "./batches/batches.ts";
import { answerByEngine } from "./pipeline.ts";
import { unknownModel } from "./stages/decide.ts";
import { deleteFile, giveFile, listFiles, showFile } from "./stored/files.ts";
import { uploadFile } from "./stored/upload.ts";

/** What the cell answers itself. All other operations go to an engine inside the permit. */
const answersOfCell: Readonly<
  Record<CellOperationName, (exchange: Exchange, model: string | null) => Promise<void>>
> = {
  models: listModels,
  model: showModel,
  file_upload: uploadFile,
  files: listFiles,
  file: showFile,
  file_content: giveFile,
  file_delete: deleteFile,
  batch_create: submitBatch,
  batches: listBatches,
  batch: showBatch,
  batch_cancel: cancelBatch,
};

/** For any row of the table of operations, at a path by whose pattern the model is named, if at all. Errors are told in its words. */
export function serverOf(
  operation: ApiOperation,
  pattern: RegExp | null,
): (exchange: Exchange) => Promise<void> {
  const words: ErrorWords = {
    contentType: "application/json",
    format: (error) => operation.formatError(error),
    formatEvent: (error) => operation.formatErrorEvent(error),
  };
  return (exchange) => {
    exchange.progress.route = operation.name;
    exchange.words = words;
    const model = pattern && modelIn(exchange.head.target, pattern);
    if (operation.answeredBy === "cell") return answersOfCell[operation.name](exchange, model);
    if (pattern === null || operation.body === "events") return answerByEngine(exchange, operation);
    if (model === null) throw unknownModel();
    return answerByEngine(exchange, inDeployment(operation, model));
  };
}

/** Null for an escape that is none, and for what ends a line: a name may be written into a form. */
function modelIn(target: string, pattern: RegExp): string | null {
  const [path = ""] = target.split("?", 1);
  try {
    const name = decodeURIComponent(pattern.exec(path)?.[1] ?? "");
    return /\p{Cc}/u.test(name) ? null : name;
  } catch {
    return null;
  }
}
