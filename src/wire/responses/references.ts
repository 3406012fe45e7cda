// What a request builds on that one endpoint alone has, or can open: an earlier response, an item of one, and what was given to
// the caller encrypted (developers.openai.com/api/docs/guides/conversation-state).
import { decodeUtf8, isObject } from "../../base/index.ts";
import { itemSpans } from "./array-items.ts";
import { valuesNamed } from "../exits.ts";
import { type JsonSpan, scanJsonObject } from "../json-members.ts";
import { isNamed } from "../member-name.ts";
import { type BodyEdit, type Reference, unmarkedReference } from "../operation.ts";
import type { RequestMembers } from "../request-body.ts";
import { type MarkedKind, readMark } from "./marks.ts";
import { remoteItems } from "./response-exits.ts";

type Members = Pick<RequestMembers, "spans" | "valueOf">;

/** In the order of the members below; of those that bear no mark too, which may be nobody's that is known here. */
export function findReferences(body: Uint8Array, members: Members): readonly Reference[] {
  return [
    ...previousResponse(body, members),
    ...itemsIn(body, members),
    // A text; some engine may take items there too, and none of what an answer told.
    ...Array.from(unplaced(members.valueOf("instructions")), (path) =>
      unmarkedReference("item", `instructions${path}`),
    ),
  ];
}

function* previousResponse(body: Uint8Array, { spans, valueOf }: Members): Generator<Reference, void> {
  const member = "previous_response_id";
  const [value, span] = [valueOf(member), spans.get(member)];
  if (value === undefined || value === null || !span) return;
  yield referenceTo("response", member, { value, read: () => ({ body, span }) });
}

function* itemsIn(body: Uint8Array, { spans, valueOf }: Members): Generator<Reference, void> {
  const [items, span] = [valueOf("input"), spans.get("input")];
  if (!Array.isArray(items) || !span) return;
  // Read only where there is something in an item, and then once for all of them.
  let found: readonly JsonSpan[] | null = null;
  for (const [index, item] of items.entries()) {
    for (const { kind, key, name, value } of boundMembers(item)) {
      const read = (): Located | null => memberIn(body, (found ??= itemSpans(body, span))[index], key);
      yield referenceTo(kind, `input[${index}].${name}`, { value, read });
    }
  }
  for (const path of unplaced(items))
    if (!/^\[\d+\]\.type$/.test(path)) yield unmarkedReference("item", `input${path}`);
}

interface BoundMember {
  readonly kind: MarkedKind;
  /** As it is written. */
  readonly key: string;
  readonly name: string;
  readonly value: unknown;
}

/** An id that an item happens to bear is the caller's to choose, unless it was marked here or stands for the item. */
function* boundMembers(item: unknown): Generator<BoundMember, void> {
  if (!isObject(item)) return;
  const isReference = valuesNamed(item, "type").includes("item_reference");
  for (const [key, value] of Object.entries(item)) {
    if (value === null) continue;
    if (isNamed(key, "encrypted_content")) yield { kind: "sealed", key, name: "encrypted_content", value };
    const isMarked = typeof value === "string" && readMark(value) !== null;
    if (isNamed(key, "id") && (isReference || isMarked)) yield { kind: "item", key, name: "id", value };
  }
}

/** References to items where an answer tells none. */
function* unplaced(value: unknown): Generator<string, void> {
  for (const { path, name } of remoteItems(value, "")) if (name === "item_reference") yield path;
}

interface Located {
  readonly body: Uint8Array;
  readonly span: JsonSpan;
}

function memberIn(body: Uint8Array, item: JsonSpan | undefined, key: string): Located | null {
  const members = item && scanJsonObject(body.subarray(item.start, item.end));
  const span = members?.ok === true ? members.value.get(key) : undefined;
  if (!item || !span) return null;
  return { body, span: { start: item.start + span.start, end: item.start + span.end } };
}

interface Said {
  readonly value: unknown;
  readonly read: () => Located | null;
}

function referenceTo(kind: MarkedKind, member: string, { value, read }: Said): Reference {
  const bearing = typeof value === "string" ? readMark(value) : null;
  const located = bearing && read();
  const edit = bearing && located && withoutMark(located, String(value).slice(bearing.text.length));
  if (!bearing || !edit) return unmarkedReference(kind, member);
  return { kind, member, text: bearing.text, mark: bearing.mark, edit };
}

/** Cuts it off, and leaves the text before it as it was written. Null for one in escapes, which nobody was given. */
function withoutMark({ body, span }: Located, mark: string): BodyEdit | null {
  const end = span.end - 1;
  const start = end - mark.length;
  return decodeUtf8(body.subarray(start, end)) === mark ? { span: { start, end }, text: "" } : null;
}
