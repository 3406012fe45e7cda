// The marks of an answer: in a whole response, and in each event of a stream that names one or an item of it. All other bytes
// stay as they came.
import { concatBytes, decodeUtf8, encodeUtf8, isObject } from "../../base/index.ts";
import { itemSpans } from "./array-items.ts";
import { type JsonSpan, readJsonSpan, scanJsonObject } from "../json-members.ts";
import type { BodyEdit } from "../operation.ts";
import { edited } from "../renamed-body.ts";
import type { AnswerMarks, MarkedKind } from "./marks.ts";

type Parsed = Readonly<Record<string, unknown>>;

/** `body`: what `bytes` say. */
export function markedResponse(bytes: Uint8Array, body: Parsed, marks: AnswerMarks | null): Uint8Array {
  if (marks === null || !bearsAny(body, marks)) return bytes;
  const whole = { bytes, span: { start: 0, end: bytes.length } };
  return concatBytes(edited(bytes, inOrder(responseEdits(whole, marks))));
}

export function markedEvent(data: string, body: Parsed, marks: AnswerMarks | null): string {
  const { response, item, item_id: itemId } = body;
  const isOfItem = typeof itemId === "string" && marks?.kinds.has("item") === true;
  const bears = [response, item].some((each) => isObject(each) && marks !== null && bearsAny(each, marks));
  if (marks === null || (!isOfItem && !bears)) return data;
  const bytes = encodeUtf8(data);
  const members = membersAt({ bytes, span: { start: 0, end: bytes.length } });
  const edits = [
    ...ofMember(members, "item_id", (at) => textEdit(at, "item", marks)),
    ...ofMember(members, "item", (at) => itemEdits(at, marks)),
    ...ofMember(members, "response", (at) => responseEdits(at, marks)),
  ];
  return decodeUtf8(concatBytes(edited(bytes, inOrder(edits)))) ?? data;
}

/** To find out costs less than to read the bytes once more. */
function bearsAny({ id, output, encrypted_content: sealed }: Parsed, { kinds }: AnswerMarks): boolean {
  if (typeof sealed === "string") return true;
  if (typeof id === "string" && (kinds.has("response") || kinds.has("item"))) return true;
  return Array.isArray(output) && output.some((item) => isObject(item) && "encrypted_content" in item);
}

/** A value in the bytes of an answer. */
interface Place {
  readonly bytes: Uint8Array;
  readonly span: JsonSpan;
}

function responseEdits(at: Place, marks: AnswerMarks): readonly BodyEdit[] {
  const members = membersAt(at);
  return [
    ...ofMember(members, "id", (id) => textEdit(id, "response", marks)),
    ...ofMember(members, "previous_response_id", (id) => textEdit(id, "response", marks)),
    ...ofMember(members, "output", ({ bytes, span }) =>
      bytes[span.start] === 0x5b
        ? itemSpans(bytes, span).flatMap((item) => itemEdits({ bytes, span: item }, marks))
        : [],
    ),
  ];
}

function itemEdits(at: Place, marks: AnswerMarks): readonly BodyEdit[] {
  const members = membersAt(at);
  return [
    ...ofMember(members, "id", (id) => textEdit(id, "item", marks)),
    ...ofMember(members, "encrypted_content", (sealed) => textEdit(sealed, "sealed", marks)),
  ];
}

/** Of an object; none of anything else. */
function membersAt({ bytes, span }: Place): ReadonlyMap<string, Place> {
  const members = scanJsonObject(bytes.subarray(span.start, span.end));
  const entries = members.ok ? Array.from(members.value) : [];
  return new Map(
    entries.map(([name, { start, end }]) => [
      name,
      { bytes, span: { start: span.start + start, end: span.start + end } },
    ]),
  );
}

function ofMember(
  members: ReadonlyMap<string, Place>,
  name: string,
  editsAt: (at: Place) => readonly BodyEdit[],
): readonly BodyEdit[] {
  const at = members.get(name);
  return at ? editsAt(at) : [];
}

/** Puts the mark before the closing quote. An empty text names nothing. */
function textEdit(
  { bytes, span }: Place,
  kind: MarkedKind,
  { kinds, mark }: AnswerMarks,
): readonly BodyEdit[] {
  const text = kinds.has(kind) ? readJsonSpan(bytes, span) : null;
  if (typeof text !== "string" || text === "") return [];
  const end = span.end - 1;
  return [{ span: { start: end, end }, text: mark(kind, text).slice(text.length) }];
}

function inOrder(edits: readonly BodyEdit[]): readonly BodyEdit[] {
  return edits.toSorted((left, right) => left.span.start - right.span.start);
}
