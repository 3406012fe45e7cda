// A caller's body for an engine of the same dialect: every byte as it came, but for the model's name and for what the
// cell asks for itself. In pieces, for a body may be megabytes: what is passed on is where it came.
import { encodeUtf8 } from "../base/index.ts";
import type { BodyEdit, RequestView } from "./operation.ts";

type RenamedView = Pick<RequestView, "body" | "modelSpan" | "usageWish" | "unsaid" | "references">;

export function renamedBody(
  { body, modelSpan, usageWish, unsaid, references = [] }: RenamedView,
  model: string,
): readonly Uint8Array[] {
  if (!modelSpan) return [body];
  const edits: BodyEdit[] = [{ span: modelSpan, text: JSON.stringify(model) }];
  if (usageWish) edits.push(usageWish);
  if (unsaid) edits.push(unsaid);
  for (const { edit } of references) if (edit) edits.push(edit);
  return edited(
    body,
    edits.toSorted((left, right) => left.span.start - right.span.start),
  );
}

/** In pieces. INVARIANT: no two spans overlap. */
export function edited(body: Uint8Array, edits: readonly BodyEdit[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { span, text } of edits) {
    parts.push(body.subarray(at, span.start), encodeUtf8(text));
    at = span.end;
  }
  parts.push(body.subarray(at));
  return parts;
}
