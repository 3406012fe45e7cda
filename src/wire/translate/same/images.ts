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
    answer: (view) => new SameEvents({ last: [last], isAnyMedia: false, ...picturesFor(view) }),
  };
}

type Members = Readonly<Record<string, unknown>>;

/**
 * An address of a picture says that its provider has kept it, whether the picture comes too or not: it passes to who asked for
 * that and was allowed it, and to nobody else. Some models answer so unless `response_format` says `b64_json`.
 */
function picturesFor({ exits }: RequestView): {
  readonly isAnswer: (body: Members) => boolean;
  readonly isKept: (body: Members) => boolean;
} {
  const mayBeKept = exits.some(({ name }) => name === "response_format");
  return {
    isAnswer: ({ data }) =>
      Array.isArray(data) &&
      data.length > 0 &&
      data.every((item: unknown) => isObject(item) && (isText(item["b64_json"]) || isText(item["url"]))),
    isKept: (body) => !mayBeKept && [body, ...listOf(body["data"])].some(hasAddress),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function hasAddress(value: unknown): boolean {
  return isObject(value) && (value["url"] ?? null) !== null;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
