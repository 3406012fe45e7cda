// Members of a chat that say how to answer, in a form that other dialects are written from.
import { isObject } from "../../../base/index.ts";
import { type Members, objectAt, requireKnown, UntranslatableError } from "../untranslatable.ts";

/** The newer member, where both are there. */
export function maxTokensOf({ max_completion_tokens: newer, max_tokens: older }: Members): unknown {
  return newer ?? older;
}

export function stopWordsOf({ stop }: Members): unknown {
  return typeof stop === "string" ? [stop] : stop;
}

/** Where the range is 0 to 1, and not 0 to 2 as in a chat: to halve it, or to cut it off, would be another temperature. */
export function temperatureUpToOne({ temperature }: Members): unknown {
  if (typeof temperature === "number" && temperature > 1)
    throw new UntranslatableError(
      "temperature",
      "is at most 1 at the model's endpoint, whose dialect knows no more",
    );
  return temperature;
}

/** Counts are told anyway; a chat's chunks are padded or not by the cell, which does not. */
export function requireStreamOptions({ stream_options: options }: Members): void {
  if (options === undefined) return;
  const { include_obfuscation: isPadded = false, ...others } = objectAt(options, "stream_options");
  requireKnown(others, ["include_usage"], "stream_options");
  if (isPadded !== false) throw new UntranslatableError("stream_options.include_obfuscation");
}

/** Silence has the tier that these mean. */
export function requireUsualTier({ service_tier: tier = "auto" }: Members): void {
  if (tier !== "auto" && tier !== "default") throw new UntranslatableError("service_tier");
}

export type AnswerFormat = "text" | "json" | { readonly name: unknown; readonly schema: Members };

/** To keep to a schema is no choice in other dialects, so that `strict: false` is kept to as well. */
export function answerFormatOf({ response_format: format }: Members): AnswerFormat {
  if (format === undefined) return "text";
  const { type, ...others } = objectAt(format, "response_format");
  if (type !== "text" && type !== "json_object" && type !== "json_schema")
    throw new UntranslatableError("response_format.type");
  requireKnown(others, type === "json_schema" ? ["json_schema"] : [], "response_format");
  if (type !== "json_schema") return type === "text" ? "text" : "json";
  const path = "response_format.json_schema";
  const named = objectAt(others["json_schema"], path);
  requireKnown(named, ["name", "strict", "schema"], path);
  const { name, schema } = named;
  if (!isObject(schema)) throw new UntranslatableError(`${path}.schema`, "must be an object");
  return { name, schema };
}

/** JSON by a schema, or text. Null: text. */
export function schemaOf(members: Members): Exclude<AnswerFormat, string> | null {
  const format = answerFormatOf(members);
  if (format === "json") throw new UntranslatableError("response_format.type");
  return format === "text" ? null : format;
}

/** Those of `members` that are there. */
export function present(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
