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

/** Any row of the table of operations. Errors are told in its words. */
export async function serveOperation(exchange: Exchange, operation: ApiOperation): Promise<void> {
  exchange.progress.route = operation.name;
  exchange.words = wordsOf(operation);
  if (operation.answeredBy === "cell") await answersOfCell[operation.name](exchange);
  else await answerByEngine(exchange, operation);
}

function wordsOf(operation: ApiOperation): ErrorWords {
  return {
    contentType: "application/json",
    format: (error) => operation.formatError(error),
    formatEvent: (error) => operation.formatErrorEvent(error),
  };
}
