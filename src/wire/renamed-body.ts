// A caller's body for an engine of the same dialect: every byte as it came, but for the model's name and for what the
// cell asks for itself. In pieces, for a body may be megabytes: what is passed on is where it came.
import { encodeUtf8 } from "../base/index.ts";
import type { BodyEdit, RequestView } from "./operation.ts";

export function renamedBody(
  { body, modelSpan, usageWish, unsaid }: Pick<RequestView, "body" | "modelSpan" | "usageWish" | "unsaid">,
  model: string,
): readonly Uint8Array[] {
  if (!modelSpan) return [body];
  const rename = { span: modelSpan, text: JSON.stringify(model) };
  return edited(
    body,
    [rename, usageWish, unsaid].filter((edit) => edit !== null),
  );
}

/** In pieces. INVARIANT: no two spans overlap. */
export function edited(body: Uint8Array, edits: readonly BodyEdit[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { span, text } of edits.toSorted((left, right) => left.span.start - right.span.start)) {
    parts.push(body.subarray(at, span.start), encodeUtf8(text));
    at = span.end;
  }
  parts.push(body.subarray(at));
  return parts;
}
