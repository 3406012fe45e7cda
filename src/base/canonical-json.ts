/** What RFC 8259 can say; the input of {@link canonicalJson}. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/**
 * RFC 8785 (JCS): one spelling for one value, so that hashes and signatures over JSON are well-defined.
 * Members are sorted by UTF-16 code units (§3.2.3), numbers and strings are written as ECMAScript does (§3.2.2).
 * Throws TypeError for what has no JSON form: a non-finite number or a lone surrogate (§3.2.2.2).
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (value === null || typeof value === "boolean") return String(value);
  return isArray(value) ? canonicalArray(value) : canonicalObject(value);
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  return JSON.stringify(value);
}

/** Printable ASCII without quote and backslash: its JSON form is itself. Names of members and most values are such. */
const plainText = /^[ !#-[\]-~]*$/;

/** A string as RFC 8785 §3.2.2.2 spells it. Throws TypeError for one with a lone surrogate. */
export function canonicalString(value: string): string {
  if (plainText.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw new TypeError("a string with a lone surrogate has no JSON form");
  return JSON.stringify(value);
}

function canonicalArray(items: readonly Json[]): string {
  let text = "";
  for (const item of items) text += `${text === "" ? "" : ","}${canonicalJson(item)}`;
  return `[${text}]`;
}

function canonicalObject(value: { readonly [member: string]: Json }): string {
  let text = "";
  // Without a comparator strings are sorted by their UTF-16 code units (ECMA-262 §23.1.3.30.2).
  for (const name of Object.keys(value).toSorted()) {
    text += `${text === "" ? "" : ","}${canonicalString(name)}:${canonicalJson(member(value, name))}`;
  }
  return `{${text}}`;
}

function isArray(value: readonly Json[] | { readonly [member: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}

function member(value: { readonly [member: string]: Json }, name: string): Json {
  const found = value[name];
  if (found === undefined) throw new TypeError(`member \`${name}\` is undefined`);
  return found;
}
