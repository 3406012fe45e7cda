// The requests of `POST /v1/images/edits` and `/v1/images/variations`: a form with pictures, answered by others.
import { fail, ok, type Result } from "../../base/index.ts";
import { azurePaths } from "../azure-paths.ts";
import { findExits } from "../exits.ts";
import { readFormFields } from "../form/form-body.ts";
import type { BoundedForm } from "../form/multipart.ts";
import { boundless } from "../media/media-bound.ts";
import { formatOpenAiError, formatOpenAiStreamError } from "../openai/error.ts";
import type { FormOperation, RequestFault, RequestView } from "../operation.ts";
import { faultInCount, isCount } from "../request-body.ts";
import { imageExits } from "./image-exits.ts";

export const edits: FormOperation = {
  name: "image_edits",
  genAiName: "image_edit",
  method: "POST",
  path: "/v1/images/edits",
  aliases: azurePaths("/images/edits"),
  body: "multipart",
  answeredBy: "engine",
  isCompared: false,
  exits: imageExits,
  read: readEdit,
  formatError: formatOpenAiError,
  formatErrorEvent: formatOpenAiStreamError,
};

/** Of a picture, without words. */
export const variations: FormOperation = {
  ...edits,
  name: "image_variations",
  genAiName: "image_variation",
  path: "/v1/images/variations",
  aliases: azurePaths("/images/variations"),
};

function readEdit(body: Uint8Array, form: BoundedForm): Result<RequestView, RequestFault> {
  const fields = readFormFields(body, form, ["prompt", "n", "response_format"]);
  if (!fields.ok) return fail(fields.error);
  const { names, valueOf, textOf, ...view } = fields.value;
  const count = readCount(textOf("n"));
  const wrong = faultInCount("n", count);
  if (wrong) return fail(wrong);
  return ok({
    ...view,
    body,
    exits: findExits(imageExits, new Set(names), valueOf),
    // How many tokens a picture is, its bytes do not say: the model's context alone bounds them.
    answerBound: {
      prompts: 1,
      tokens: null,
      answers: isCount(count) ? count : 1,
      ...boundless,
    },
    usageWish: null,
    unsaid: null,
  });
}

/** NaN for what is no count as digits alone. */
function readCount(text: string | null): number | null {
  if (text === null) return null;
  return /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : Number.NaN;
}
