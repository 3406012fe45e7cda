/** What RFC 8259 can say; the input of {@link canonicalJson}. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/**
 * RFC 8785 (JCS): one spelling for one value, so that hashes and signatures over JSON are well-defined.
 * Members are sorted by UTF-16 code units (§3.2.3), numbers and strings are written as ECMAScript does (§3.2.2).
 * Throws TypeError for what has no JSON form: a non-finite number or a lone surrogate (§3.2.2.2).
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (typeof value === "string") return canonicalString(value);
  if (isArray(value)) return `[${Array.from(value, (item) => canonicalJson(item)).join(",")}]`;
  return `{${Object.keys(value)
    .toSorted(byCodeUnits)
    .map((name) => `${canonicalString(name)}:${canonicalJson(member(value, name))}`)
    .join(",")}}`;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError("a string with a lone surrogate has no JSON form");
  return JSON.stringify(value);
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function isArray(value: readonly Json[] | { readonly [member: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}

function member(value: { readonly [member: string]: Json }, name: string): Json {
  const found = value[name];
  if (found === undefined) throw new TypeError(`member \`${name}\` is undefined`);
  return found;
}
