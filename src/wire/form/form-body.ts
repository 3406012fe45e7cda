// What the requests have in common that come as forms: a file or several, and fields of which one names a model.
import { decodeUtf8, fail, ok, type Result } from "../../base/index.ts";
import type { JsonSpan } from "../json-members.ts";
import { type BoundedForm, type FormPart, formType } from "./multipart.ts";
import type { RequestFault, RequestView } from "../operation.ts";
import { edited } from "../renamed-body.ts";
import { fault, maxModelLength, misspeltIn } from "../request-body.ts";

export interface FormFields {
  readonly model: string;
  readonly modelSpan: JsonSpan;
  readonly wantsEvents: boolean;
  readonly contentType: string;
  /** All words in the names of parts: `images[0][file_id]` says `images` and `file_id`, as `images.0.file_id` does. */
  readonly names: readonly string[];
  /** The text of the fields with that word in their name, undefined where there is none; of several, an array. A file has none. */
  readonly valueOf: (name: string) => unknown;
  /** The text of the field of exactly that name, null where there is none. */
  readonly textOf: (name: string) => string | null;
}

/** `known`: what this cell goes by, beside `model` and `stream`. */
export function readFormFields(
  body: Uint8Array,
  { boundary, scanned }: BoundedForm,
  known: readonly string[],
): Result<FormFields, RequestFault> {
  if (!scanned.ok) {
    const { offset, reason } = scanned.error;
    return fail({
      param: null,
      message: `the body is no form that is read here: ${reason} (at byte ${offset})`,
    });
  }
  const parts = scanned.value;
  const misspelt = misspeltPart(parts, ["model", "stream", ...known]);
  if (misspelt !== null)
    return fail(
      fault(misspelt, "is written in other letters or with brackets; write its name as it stands here"),
    );
  // Engines read a field whatever it says of its content, so that one whose text is not read here would pass every rule.
  if (parts.some((part) => !part.isFile && textOf(body, part) === null))
    return fail({
      param: null,
      message:
        "a field's content must be text in UTF-8, with no `content-type` or `text/plain; charset=utf-8`",
    });
  const texts = new Map(parts.map((part) => [part.name, part.isFile ? null : textOf(body, part)]));
  const model = texts.get("model");
  const part = parts.find(({ name }) => name === "model");
  if (!part || typeof model !== "string" || model === "" || model.length > maxModelLength)
    return fail(fault("model", `must be a field of 1 to ${maxModelLength} characters, and no file`));
  const stream = texts.get("stream");
  if (stream !== undefined && !flags.has(String(stream)))
    return fail(fault("stream", "must be `true` or `false`"));
  return ok({
    model,
    modelSpan: part.content,
    wantsEvents: flags.get(String(stream)) ?? false,
    contentType: formType(boundary),
    names: parts.flatMap(({ name }) => wordsIn(name)),
    valueOf: (name) =>
      valueOf(
        body,
        parts.filter((each) => wordsIn(each.name).includes(name)),
      ),
    textOf: (name) => texts.get(name) ?? null,
  });
}

/** Engines read these words as pydantic does; others are not taken here, so that nobody reads one otherwise. */
const flags: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["True", true],
  ["1", true],
  ["false", false],
  ["False", false],
  ["0", false],
]);

/** What says no in a form says it in JSON too, for rules that are the same for both. */
function valueOf(body: Uint8Array, parts: readonly FormPart[]): unknown {
  const texts = parts.flatMap((part) => (part.isFile ? [] : [textOf(body, part)]));
  if (texts.length > 1) return texts;
  const [text] = texts;
  if (text === "null" || text === "") return null;
  return flags.get(text ?? "") === false ? false : text;
}

function misspeltPart(parts: readonly FormPart[], known: readonly string[]): string | null {
  const bracketed = parts.find(({ name }) => name !== baseOf(name) && known.includes(baseOf(name)));
  return bracketed
    ? baseOf(bracketed.name)
    : misspeltIn(
        parts.map(({ name }) => baseOf(name)),
        known,
      );
}

/** Without places in lists. Readers take brackets and dots for members of members. */
function wordsIn(name: string): readonly string[] {
  return name.split(/[[\].]+/).filter((word) => word !== "" && !/^[0-9]+$/.test(word));
}

function baseOf(name: string): string {
  return name.split("[", 1)[0] ?? "";
}

/** Of a field. Null where it is no text of UTF-8, or says that it is another (RFC 7578 §4.4, §4.6). */
function textOf(body: Uint8Array, { mediaType, content }: FormPart): string | null {
  const isText = mediaType === null || /^text\/plain(?:; *charset="?utf-8"?)?$/i.test(mediaType);
  return isText ? decodeUtf8(body.subarray(content.start, content.end)) : null;
}

/** A caller's form for an engine of the same operation: every byte as it came, but for the model's name. */
export function renamedForm(
  { body, modelSpan }: Pick<RequestView, "body" | "modelSpan">,
  model: string,
): Result<readonly Uint8Array[], RequestFault & { readonly param: string }> {
  if (!modelSpan) throw new TypeError("a form without a model");
  // A boundary begins with the end of a line.
  if (/[\r\n]/.test(model)) return fail({ param: "model", ...lineInName });
  return ok(edited(body, [{ span: modelSpan, text: model }]));
}

const lineInName = { message: "`model`: the endpoint knows the model by a name that no form can hold" };
