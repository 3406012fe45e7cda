// Statuses, purposes and counters are words that packs make. One that no pinned pack reads is probably a slip of the pen,
// and the contract would then say that the tenant is not what it is.
import type { Condition, Regime } from "../law/index.ts";
import { type Problem, quote } from "./finding.ts";
import { suggest } from "./suggest.ts";
import { type Located, locate, stepsFrom, textOf, type YamlNode } from "./yaml-tree.ts";

/** What tenants say beside places and classes must be something that a pinned pack looks at. */
export function checkWords(root: YamlNode, regimes: readonly Regime[]): readonly Problem[] {
  const conditions = regimes.flatMap(conditionsOf).flatMap(leaves);
  const read = (kind: "controller_status" | "purpose"): readonly string[] =>
    conditions.flatMap((leaf) => (leaf.kind === kind ? [...leaf.in] : []));
  const counters = conditions.flatMap((leaf) => (leaf.kind === "volume_at_least" ? [leaf.counter] : []));
  return [
    ...unread(locate(root, "tenants", "*", "statuses", "*"), read("controller_status"), "a status"),
    ...unread(namesAt(root, "purposes"), read("purpose"), "a purpose"),
    ...unread(locate(root, "tenants", "*", "volumes", "*"), counters, "a counter"),
  ];
}

function conditionsOf({ appliesWhen, mechanisms }: Regime): readonly Condition[] {
  return [appliesWhen, ...mechanisms.flatMap(({ requires }) => requires ?? [])];
}

function leaves(condition: Condition): readonly Condition[] {
  if (condition.kind === "not") return leaves(condition.of);
  return condition.kind === "all" || condition.kind === "any" ? condition.of.flatMap(leaves) : [condition];
}

/** One name, or a list of them. */
function namesAt(root: YamlNode, key: string): readonly Located[] {
  return locate(root, "tenants", "*", key).flatMap((found) =>
    found.node.kind === "scalar" ? [found] : stepsFrom(found),
  );
}

function unread(found: readonly Located[], known: readonly string[], what: string): readonly Problem[] {
  return found.flatMap(({ path, node, keyAt }) => {
    const isCounter = what === "a counter";
    const written = isCounter ? String(path.at(-1)) : textOf(node);
    if (written === null || known.includes(written)) return [];
    const expected = `${what} that a pinned pack reads`;
    const hint = suggest(written, [...new Set(known)]);
    return [{ at: isCounter ? keyAt : node.at, path, found: quote(written), expected, hint }];
  });
}
