// Bodies of JSON on their way to one provider, which wants more said than callers say.
import { encodeUtf8 } from "../base/index.ts";
import { type BodyEdit, type JsonSpan, scanJsonObject } from "../wire/index.ts";

/**
 * Where its members stand. The operation's own reader has refused what is no object, and the cell's bounds what is too much to
 * read.
 */
export function membersIn(body: Uint8Array): ReadonlyMap<string, JsonSpan> {
  const members = scanJsonObject(body, { maxValues: Infinity, maxNames: Infinity });
  if (!members.ok) throw new TypeError("a body that is no JSON object was given to an engine");
  return members.value;
}

/** With `first` in the place of `left`; every other member's bytes as they came: signed thinking stays signed. */
export function beginningWith(
  first: string,
  body: Uint8Array,
  left: readonly string[],
): readonly Uint8Array[] {
  const parts: Uint8Array[] = [encodeUtf8(`{${first}`)];
  for (const [name, { start, end }] of membersIn(body))
    if (!left.includes(name)) parts.push(encodeUtf8(`,${JSON.stringify(name)}:`), body.subarray(start, end));
  return [...parts, encodeUtf8("}")];
}

/** Puts a member before all others, of which there are `count`. */
export function firstMember(body: Uint8Array, member: string, count: number): BodyEdit {
  const start = body.indexOf(openingBrace) + 1;
  return { span: { start, end: start }, text: count === 0 ? member : `${member},` };
}

const openingBrace = 0x7b;
