// `GET /v1/models`, and one of them: what the cell itself knows.
import { ok } from "../../base/index.ts";
import type { CellOperation, RequestView } from "../operation.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "./error.ts";

export const models: CellOperation = {
  name: "models",
  method: "GET",
  path: "/v1/models",
  aliases: ["/openai/v1/models", "/openai/models"],
  body: "none",
  answeredBy: "cell",
  exits: [],
  read: (body) => ok(plainView(body)),
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

export const model: CellOperation = {
  ...models,
  name: "model",
  path: "/v1/models/{model}",
  aliases: ["/openai/v1/models/{model}", "/openai/models/{model}"],
};
/** Of a request that names no model. */
export function plainView(body: Uint8Array): RequestView {
  return {
    model: null,
    wantsEvents: false,
    body,
    modelSpan: null,
    exits: [],
    answerBound: { prompts: 1, tokens: null, answers: 1 },
    usageWish: null,
    unsaid: null,
  };
}

export function formatModelList(ids: readonly string[], ownedBy: string): string {
  return JSON.stringify({ object: "list", data: ids.map((id) => describe(id, ownedBy)) });
}

export function formatModel(id: string, ownedBy: string): string {
  return JSON.stringify(describe(id, ownedBy));
}

/** `created` is required by clients and known by nobody, so it is 0. */
function describe(id: string, ownedBy: string): unknown {
  return { id, object: "model", created: 0, owned_by: ownedBy };
}
