import type { ApiOperation, CellOperationName } from "../wire/index.ts";
import type { ErrorWords } from "./exchange/error-words.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { listModels, showModel } from "./operations/models.ts";
import { answerByEngine } from "./pipeline.ts";

/** What the cell answers itself. All other operations go to an engine inside the permit. */
const answersOfCell: Readonly<Record<CellOperationName, (exchange: Exchange) => Promise<void>>> = {
  models: listModels,
  model: showModel,
};

/** For any row of the table of operations. Errors are told in its words. */
export function serverOf(operation: ApiOperation): (exchange: Exchange) => Promise<void> {
  const words: ErrorWords = {
    contentType: "application/json",
    format: (error) => operation.formatError(error),
    formatEvent: (error) => operation.formatErrorEvent(error),
  };
  return (exchange) => {
    exchange.progress.route = operation.name;
    exchange.words = words;
    return operation.answeredBy === "cell"
      ? answersOfCell[operation.name](exchange)
      : answerByEngine(exchange, operation);
  };
}
