// Statuses and counters are words that packs make: one that no pinned pack reads is probably a slip of the pen, and the
// contract would then say that the tenant is not what it is. A purpose and a sector are words of everybody's: an ordinary one,
// of which no law asks, must be sayable, so only one that is nearly a word of a pack is taken for a slip.
import { conditionsOf, leavesOf, type Regime } from "../../law/index.ts";
import { type Problem, quote } from "../yaml/finding.ts";
import { closest, suggest } from "../yaml/suggest.ts";
import { type Located, locate, stepsFrom, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

/** What tenants say beside places and classes must be something that a pinned pack looks at, or nothing like it. */
export function checkWords(root: YamlNode, regimes: readonly Regime[]): readonly Problem[] {
  const conditions = regimes.flatMap(conditionsOf).flatMap(leavesOf);
  const read = (kind: "controller_status" | "purpose"): readonly string[] =>
    conditions.flatMap((leaf) => (leaf.kind === kind ? [...leaf.in] : []));
  const counters = conditions.flatMap((leaf) => (leaf.kind === "volume_at_least" ? [leaf.counter] : []));
  return [
    ...unread(locate(root, "tenants", "*", "statuses", "*"), read("controller_status"), "a status"),
    ...slips(namesAt(root, "purposes"), read("purpose"), "a purpose"),
    // A right word may be near another: `insurance` beside `life-insurance`.
    ...slips(namesAt(root, "sector"), sectorsNamed(regimes), "a sector").map(asWarning),
    ...unread(locate(root, "tenants", "*", "volumes", "*"), counters, "a counter"),
  ];
}

/** Every sector that a pack looks at, or leaves out. */
export function sectorsNamed(regimes: readonly Regime[]): readonly string[] {
  const asked = regimes.flatMap(conditionsOf).flatMap(leavesOf);
  const named = asked.flatMap((leaf) => (leaf.kind === "sector" ? [...leaf.in] : []));
  return [...named, ...regimes.flatMap(({ holes }) => holes.flatMap(sectorsOf))];
}

function sectorsOf({ sectors }: Regime["holes"][number]): readonly string[] {
  return [...(sectors ?? [])];
}

function asWarning(problem: Problem): Problem {
  return { ...problem, severity: "warning" };
}

/** One name, or a list of them. */
function namesAt(root: YamlNode, key: string): readonly Located[] {
  return locate(root, "tenants", "*", key).flatMap((found) =>
    found.node.kind === "scalar" ? [found] : stepsFrom(found),
  );
}

function slips(found: readonly Located[], known: readonly string[], what: string): readonly Problem[] {
  const nearly = found.filter(({ node }) => closest(textOf(node) ?? "", known) !== null);
  return unread(nearly, known, what);
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
