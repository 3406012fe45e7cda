// Closed schemas over parsed JSON. Nothing is optional and nothing is extra: a member that nobody defined could hold
// what must never be logged.

/** Null when the value fits; otherwise where and what was expected, such as `.req: not 64 hex digits`. Never the value. */
export type Check = (value: unknown) => string | null;

/** One check for each member of `Value`, so that a type and its schema cannot drift apart. */
export type Shape<Value> = { readonly [Member in keyof Value]-?: Check };

/** What checks of single members cannot say. `holds` is only asked about values whose members all fit. */
export interface Rule<Value> {
  readonly holds: (value: Value) => boolean;
  readonly expected: string;
}

/** Exactly the members of `shape`, in RFC 8785 §3.2.3 order, which is also how a repeated member is found out. */
export function object<Value>(shape: Shape<Value>, rule?: Rule<Value>): Check {
  const members = Object.entries<Check>(shape).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const names = members.map(([name]) => name);
  return (value) => {
    if (!isObject(value)) return ": not an object";
    const found = Object.keys(value);
    if (found.length !== names.length || found.some((name, at) => name !== names[at])) {
      return `: its members are not ${names.join(", ")}, in this order`;
    }
    for (const [name, check] of members) {
      const fault = check(value[name]);
      if (fault !== null) return `.${name}${fault}`;
    }
    return rule === undefined || rule.holds(value as Value) ? null : `: ${rule.expected}`;
  };
}

/** Any members whose names and values match, in RFC 8785 §3.2.3 order. */
export function record(name: RegExp, check: Check): Check {
  return (value) => {
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
}

export function list(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return ": not a list";
    for (const [at, item] of value.entries()) {
      const fault = check(item);
      if (fault !== null) return `[${at}]${fault}`;
    }
    return null;
  };
}

export function text(pattern: RegExp, expected: string): Check {
  return (value) => (typeof value === "string" && pattern.test(value) ? null : `: not ${expected}`);
}

export function oneOf(...words: readonly (string | number)[]): Check {
  const expected = `: not one of ${words.join(", ")}`;
  return (value) => (words.some((word) => word === value) ? null : expected);
}

export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  const expected = `: not an integer from ${least} to ${most}`;
  return (value) =>
    Number.isSafeInteger(value) && least <= Number(value) && Number(value) <= most ? null : expected;
}

export const boolean: Check = (value) => (typeof value === "boolean" ? null : ": not true or false");

export function nullable(check: Check): Check {
  return (value) => (value === null ? null : check(value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
