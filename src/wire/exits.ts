// Finds in a request's body what would move data, keep it, or choose where it is computed, by an operation's rules.
import { isObject } from "../base/index.ts";
import { foldName, isNamed } from "./member-name.ts";
import { type Exit, type ExitRule, type Reference, unmarkedReference } from "./operation.ts";

/** In the order in which the members stand; of a rule, the first of each kind that a policy may allow by itself. `read` is asked for members that a rule names and for no others. */
export function findExits(
  rules: readonly ExitRule[],
  names: Iterable<string>,
  read: (name: string) => unknown,
): readonly Exit[] {
  const exits: Exit[] = [];
  for (const name of names) {
    const folded = foldName(name);
    const rule = rules.find(({ member }) => member === folded);
    if (!rule) continue;
    const kinds = new Set<string>();
    for (const { path, name: kind } of rule.find(read(name))) {
      if (!kinds.has(kind)) exits.push({ member: rule.member + path, name: kind, does: rule.does });
      kinds.add(kind);
    }
  }
  return exits;
}

/** What an endpoint has kept, by a name that no answer of the operation marks: the sound of an earlier one. */
export function unmarkedIn(exits: readonly Exit[]): readonly Reference[] {
  return exits.flatMap(({ name, member }) =>
    name === "item_reference" ? [unmarkedReference("item", member)] : [],
  );
}

/** The values of the members that an engine might take for `name`; none where `value` is no object. */
export function valuesNamed(value: unknown, name: string): readonly unknown[] {
  const values: unknown[] = [];
  if (!isObject(value)) return values;
  for (const key in value) if (Object.hasOwn(value, key) && isNamed(key, name)) values.push(value[key]);
  return values;
}
