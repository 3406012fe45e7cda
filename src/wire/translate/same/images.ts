import { isObject, ok } from "../../../base/index.ts";
import { renamedForm } from "../../form/form-body.ts";
import type { EngineOperationName, RequestView } from "../../operation.ts";
import { renamedBody } from "../../renamed-body.ts";
import type { Translation } from "../../translation.ts";
import { SameEvents } from "./same-events.ts";

export const imageTranslations: readonly Translation[] = [
  translationOf("image_generations", "image_generation.completed", (view, model) =>
    ok(renamedBody(view, model)),
  ),
  translationOf("image_edits", "image_edit.completed", renamedForm),
  translationOf("image_variations", "image_edit.completed", renamedForm),
];

function translationOf(
  operation: EngineOperationName,
  last: string,
  request: Translation["request"],
): Translation {
  return {
    from: operation,
    to: operation,
    request,
    answer: (view) => new SameEvents({ last: [last], isAnswer: picturesFor(view), isAnyMedia: false }),
  };
}

/**
 * Pictures themselves. An address of one says that its provider has kept it, which is no answer to who did not ask for that
 * and was not allowed it: some models do so unless `response_format` says `b64_json`.
 */
function picturesFor({ exits }: RequestView): (body: Readonly<Record<string, unknown>>) => boolean {
  const mayBeAddress = exits.some(({ name }) => name === "response_format");
  return ({ data }) =>
    Array.isArray(data) &&
    data.length > 0 &&
    data.every(
      (item: unknown) =>
        isObject(item) &&
        (typeof item["b64_json"] === "string" || (mayBeAddress && typeof item["url"] === "string")),
    );
}
