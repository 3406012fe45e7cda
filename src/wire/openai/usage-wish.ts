// Token counts of a stream come only to who asks for them, and most callers do not. The cell asks in their place, by one
// edit of the body, and takes the chunk that comes for it out again.
import { isObject } from "../../base/index.ts";
import { type JsonSpan, readJsonSpan, scanJsonObject } from "../json-members.ts";
import { isNamed } from "../member-name.ts";
import type { BodyEdit } from "../operation.ts";

const options = "stream_options";
const asked = '{"include_usage":true}';

/** Null where the caller asked itself, or in a spelling that only some engines understand: that is left alone. */
export function usageWish(body: Uint8Array, members: ReadonlyMap<string, JsonSpan>): BodyEdit | null {
  const span = members.get(options);
  if (span) return editOptions(body, span);
  const model = members.get("model");
  if (!model || Array.from(members.keys()).some((name) => isNamed(name, options))) return null;
  return { span: { start: model.end, end: model.end }, text: `,"${options}":${asked}` };
}

function editOptions(body: Uint8Array, span: JsonSpan): BodyEdit | null {
  const value = readJsonSpan(body, span);
  if (value === null) return { span, text: asked };
  const inner = scanJsonObject(body.subarray(span.start, span.end));
  if (!isObject(value) || !inner.ok || value["include_usage"] === true) return null;
  const wish = inner.value.get("include_usage");
  if (wish) return { span: { start: span.start + wish.start, end: span.start + wish.end }, text: "true" };
  if (Array.from(inner.value.keys()).some((name) => isNamed(name, "include_usage"))) return null;
  const first = { start: span.start + 1, end: span.start + 1 };
  return inner.value.size === 0 ? { span, text: asked } : { span: first, text: '"include_usage":true,' };
}
