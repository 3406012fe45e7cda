// Bodies of JSON on their way to one provider, which wants more said than callers say.
import { decodeUtf8, encodeUtf8 } from "../base/index.ts";
import { type BodyEdit, edited, isNamed, type JsonSpan, scanJsonObject } from "../wire/index.ts";

/**
 * Where its members stand. The operation's own reader has refused what is no object, and the cell's bounds what is too much to
 * read.
 */
function membersIn(body: Uint8Array): ReadonlyMap<string, JsonSpan> {
  const members = scanJsonObject(body, { maxValues: Infinity, maxNames: Infinity });
  if (!members.ok) throw new TypeError("a body that is no JSON object was given to an engine");
  return members.value;
}

/** With `first` in the place of `left`, in whatever letters; every other member's bytes as they came: signed thinking stays signed. */
export function beginningWith(
  first: string,
  body: Uint8Array,
  left: readonly string[],
): readonly Uint8Array[] {
  const parts: Uint8Array[] = [encodeUtf8(`{${first}`)];
  for (const [name, { start, end }] of membersIn(body))
    if (!left.some((each) => isNamed(name, each)))
      parts.push(encodeUtf8(`,${JSON.stringify(name)}:`), body.subarray(start, end));
  return [...parts, encodeUtf8("}")];
}

/**
 * With what `say` returns, as JSON, as the value of `member`, whose name is in lower case; it is asked with the caller's own value, in
 * whatever letters, or null for silence. INVARIANT: what leaves has the member in its own letters, and another spelling that an
 * engine may take for it says the same.
 */
export function withMemberSaid(
  body: Uint8Array,
  member: string,
  say: (asked: string | null) => string,
): readonly Uint8Array[] {
  const members = membersIn(body);
  // There is one at most: two spellings of one name are refused where a body is read.
  const [written, span] = Array.from(members).find(([name]) => isNamed(name, member)) ?? [];
  const asked = span ? decodeUtf8(body.subarray(span.start, span.end)) : null;
  const text = say(asked === "null" ? null : asked);
  const edits = written === member ? [] : [firstMember(body, `"${member}":${text}`, members.size)];
  if (span && asked !== text) edits.push({ span, text });
  return edited(body, edits);
}

/** Puts a member before all others, of which there are `count`. */
function firstMember(body: Uint8Array, member: string, count: number): BodyEdit {
  const start = body.indexOf(openingBrace) + 1;
  return { span: { start, end: start }, text: count === 0 ? member : `${member},` };
}

const openingBrace = 0x7b;
