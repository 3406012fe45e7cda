// Closed schemas over JSON. Nothing is optional and nothing is extra: a member that nobody defined could hold what
// must never be logged. Each schema can be asked in three ways: of a parsed value, to say what is wrong with it, of a
// canonical text, to read it in one pass, and of a value, to write that text in one pass.
import { canonicalString, isObject } from "../../base/index.ts";
import { asciiClass, type Cursor, scanDigits, scanRun, scanText } from "./cursor.ts";

export interface Check {
  /** Null when the value fits; otherwise where and what was expected, such as `.req: not 64 hex digits`. Never the value. */
  (value: unknown): string | null;
  /**
   * Reads a value that fits from its RFC 8785 text, and leaves the cursor behind it. Undefined, which JSON cannot say,
   * for any other text, and for a few rare ones that do fit (a string with an escape). INVARIANT: what it reads is what
   * `JSON.parse` gives, fits the schema, and is written out again as the text that it was read from.
   */
  readonly scan: (cursor: Cursor) => unknown;
  /**
   * The RFC 8785 text of a value that fits, whatever the order of its members; undefined for any other. INVARIANT: what it
   * writes is what `canonicalJson` writes, and reads back as the value.
   */
  readonly write: (value: unknown) => string | undefined;
}

/** One check for each member of `Value`, so that a type and its schema cannot drift apart. */
export type Shape<Value> = { readonly [Member in keyof Value]-?: Check };

/** What checks of single members cannot say. `holds` is only asked about values whose members all fit. */
export interface Rule<Value> {
  readonly holds: (value: Value) => boolean;
  readonly expected: string;
}

/** Exactly the members of `shape`, in RFC 8785 §3.2.3 order, which is also how a repeated member is found out. */
export function object<Value>(shape: Shape<Value>, rule?: Rule<Value>): Check {
  const members = Object.entries<Check>(shape)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, check], at) => ({
      name,
      check,
      scan: check.scan,
      write: check.write,
      label: `${at === 0 ? "{" : ","}"${name}":`,
    }));
  const names = members.map(({ name }) => name);
  const check = (value: unknown): string | null => {
    if (!isObject(value)) return ": not an object";
    const found = Object.keys(value);
    if (found.length !== names.length || found.some((name, at) => name !== names[at])) {
      return `: its members are not ${names.join(", ")}, in this order`;
    }
    for (const member of members) {
      const fault = member.check(value[member.name]);
      if (fault !== null) return `.${member.name}${fault}`;
    }
    return rule === undefined || rule.holds(value as Value) ? null : `: ${rule.expected}`;
  };
  // A copy of what has all members is much cheaper to fill than an object that grows.
  const empty: Readonly<Record<string, unknown>> = Object.fromEntries(names.map((name) => [name, null]));
  const scan: Check["scan"] = (cursor) => {
    const value: Record<string, unknown> = { ...empty };
    for (const { name, label, scan } of members) {
      if (!cursor.take(label)) return undefined;
      const scanned = scan(cursor);
      if (scanned === undefined) return undefined;
      value[name] = scanned;
    }
    return cursor.take("}") && (rule === undefined || rule.holds(value as Value)) ? value : undefined;
  };
  const write: Check["write"] = (value) => {
    // No member is there beside those that are written, for there are as many.
    if (!isObject(value) || !hasMembers(value, members.length)) return undefined;
    let text = "";
    for (const { name, label, write } of members) {
      const written = write(value[name]);
      if (written === undefined) return undefined;
      text += label + written;
    }
    return rule === undefined || rule.holds(value as Value) ? `${text}}` : undefined;
  };
  return Object.assign(check, { scan, write });
}

/** Whether it has so many of its own. Counted without a list of them: each object of each entry comes through here. */
function hasMembers(value: object, count: number): boolean {
  let found = 0;
  for (const name in value) if (Object.hasOwn(value, name)) found++;
  return found === count;
}

/** Any members whose names and values match, in RFC 8785 §3.2.3 order. */
export function record(name: RegExp, check: Check): Check {
  const checkRecord = (value: unknown): string | null => {
    if (!isObject(value)) return ": not an object";
    const members = Object.entries(value);
    if (members.some(([found], at) => !name.test(found) || found <= (members[at - 1]?.[0] ?? ""))) {
      return ": a member's name does not match, or is out of order";
    }
    for (const [name, member] of members) {
      const fault = check(member);
      if (fault !== null) return `.${name}${fault}`;
    }
    return null;
  };
  const scan: Check["scan"] = (cursor) => {
    const value: Record<string, unknown> = {};
    let previous = "";
    if (!cursor.take("{")) return undefined;
    while (!cursor.take("}")) {
      const found = previous === "" || cursor.take(",") ? scanText(cursor) : undefined;
      if (found === undefined || !name.test(found) || found <= previous || !cursor.take(":"))
        return undefined;
      const scanned = check.scan(cursor);
      if (scanned === undefined) return undefined;
      value[found] = scanned;
      previous = found;
    }
    return value;
  };
  const write: Check["write"] = (value) => {
    if (!isObject(value)) return undefined;
    const members = Object.keys(value)
      .toSorted()
      .map((found) => {
        const written = name.test(found) ? check.write(value[found]) : undefined;
        return written === undefined ? undefined : `${canonicalString(found)}:${written}`;
      });
    return members.includes(undefined) ? undefined : `{${members.join()}}`;
  };
  return Object.assign(checkRecord, { scan, write });
}

export function list(check: Check, most: number = Number.MAX_SAFE_INTEGER): Check {
  const checkList = (value: unknown): string | null => {
    if (!Array.isArray(value)) return ": not a list";
    if (value.length > most) return `: more than ${most} items`;
    for (const [at, item] of value.entries()) {
      const fault = check(item);
      if (fault !== null) return `[${at}]${fault}`;
    }
    return null;
  };
  const scan: Check["scan"] = (cursor) => {
    const items: unknown[] = [];
    if (!cursor.take("[")) return undefined;
    while (!cursor.take("]")) {
      const item = items.length === 0 || cursor.take(",") ? check.scan(cursor) : undefined;
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items.length > most ? undefined : items;
  };
  const write: Check["write"] = (value) => {
    if (!Array.isArray(value) || value.length > most) return undefined;
    let text = "";
    for (const item of value) {
      const written = check.write(item);
      if (written === undefined) return undefined;
      text += text === "" ? written : `,${written}`;
    }
    return `[${text}]`;
  };
  return Object.assign(checkList, { scan, write });
}

export function text(pattern: RegExp, expected: string): Check {
  return textThat((value) => pattern.test(value), expected);
}

/** A string of one character of `first` and some of `rest`, both of them ASCII as in a regular expression's brackets. */
export function run({ first, rest, least = 1, most }: Run, expected: string): Check {
  const pattern = new RegExp(`^[${first}][${rest}]{${least - 1},${most - 1}}$`);
  const [isFirst, isRest] = [asciiClass(first), asciiClass(rest)];
  const check = (value: unknown): string | null =>
    typeof value === "string" && pattern.test(value) ? null : `: not ${expected}`;
  return leaf(check, (cursor) => scanRun(cursor, isFirst, isRest, { least, most }));
}

export interface Run {
  readonly first: string;
  readonly rest: string;
  readonly least?: number;
  readonly most: number;
}

/** A string of which `fits` holds. */
export function textThat(fits: (value: string) => boolean, expected: string): Check {
  const check = (value: unknown): string | null =>
    typeof value === "string" && fits(value) ? null : `: not ${expected}`;
  return leaf(check, (cursor) => {
    const value = scanText(cursor);
    return value !== undefined && fits(value) ? value : undefined;
  });
}

export function oneOf(...words: readonly (string | number)[]): Check {
  const expected = `: not one of ${words.join(", ")}`;
  const literals = words.map((word) => ({ word, literal: JSON.stringify(word) }));
  const check = (value: unknown): string | null => (words.some((word) => word === value) ? null : expected);
  return leaf(check, (cursor) => literals.find(({ literal }) => cursor.take(literal))?.word);
}

export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  const expected = `: not an integer from ${least} to ${most}`;
  const fits = (value: number): boolean => Number.isSafeInteger(value) && least <= value && value <= most;
  const check = (value: unknown): string | null =>
    typeof value === "number" && fits(value) ? null : expected;
  return leaf(check, (cursor) => {
    const value = scanDigits(cursor);
    return value !== undefined && fits(value) ? value : undefined;
  });
}

export const boolean: Check = leaf(
  (value) => (typeof value === "boolean" ? null : ": not true or false"),
  (cursor) => cursor.take("true") || (cursor.take("false") ? false : undefined),
);

export function nullable(check: Check): Check {
  return Object.assign((value: unknown) => (value === null ? null : check(value)), {
    scan: (cursor: Cursor) => (cursor.take("null") ? null : check.scan(cursor)),
    write: (value: unknown) => (value === null ? "null" : check.write(value)),
  });
}

/** A string, a number, true or false: its text is what ECMAScript writes. */
function leaf(check: (value: unknown) => string | null, scan: Check["scan"]): Check {
  const write: Check["write"] = (value) => {
    if (check(value) !== null) return undefined;
    return typeof value === "string" ? canonicalString(value) : String(value);
  };
  return Object.assign(check, { scan, write });
}
