// Bodies of JSON on their way to one provider, which wants more said than callers say.
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

/** Puts a member before all others, of which there are `count`. */
export function firstMember(body: Uint8Array, member: string, count: number): BodyEdit {
  const start = body.indexOf(openingBrace) + 1;
  return { span: { start, end: start }, text: count === 0 ? member : `${member},` };
}

const openingBrace = 0x7b;
