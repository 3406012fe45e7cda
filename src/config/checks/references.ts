// What one part of a policy says of another must exist there. Works on the tree, so one broken entry hides no other.
import { type Problem, quote } from "../yaml/finding.ts";
import { suggest } from "../yaml/suggest.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

interface Reference {
  /** Where references stand; `*` is any name or item. */
  readonly pattern: readonly string[];
  readonly isKey: boolean;
  readonly targets: (root: YamlNode, importers: readonly string[]) => readonly string[] | null;
  readonly expected: string;
}

const references: readonly Reference[] = [
  value(["cells", "*", "operator"], "operators", "an operator"),
  value(["endpoints", "*", "operator"], "operators", "an operator"),
  value(["operators", "*", "parents", "*", "operator"], "operators", "an operator"),
  value(["operators", "*", "subprocessors", "*"], "operators", "an operator"),
  value(["endpoints", "*", "cell"], "cells", "a cell"),
  value(["endpoints", "*", "peer"], "cells", "a cell"),
  value(["tenants", "*", "keys", "*", "peer"], "cells", "a cell"),
  { ...value(["models", "*", "served-by", "*"], "endpoints", "an endpoint"), isKey: true },
  value(["tenants", "*", "models", "*"], "models", "a model"),
  value(["tenants", "*", "response-cache", "models", "*"], "models", "a model"),
  {
    pattern: ["law", "mechanisms", "*", "to"],
    isKey: false,
    targets: (root, importers) => joined(namesIn(root, "operators"), importers),
    expected: "an operator of `operators`, or of a provider in use",
  },
  {
    pattern: ["law", "mechanisms", "*", "from"],
    isKey: false,
    targets: entitiesOf,
    expected: "the `entity` of a tenant",
  },
];

/** `importers` are operators that providers bring along: a mechanism may export to them. */
export function checkReferences(root: YamlNode, importers: readonly string[]): readonly Problem[] {
  return references.flatMap(({ pattern, isKey, targets, expected }) => {
    const known = targets(root, importers);
    if (known === null) return [];
    const names = new Set(known);
    return locate(root, ...pattern).flatMap((located) => {
      const written = isKey ? String(located.path.at(-1)) : textOf(located.node);
      if (written === null || names.has(written)) return [];
      return [dangling({ located, isKey, written, expected, known })];
    });
  });
}

interface Dangling {
  readonly located: Located;
  readonly isKey: boolean;
  readonly written: string;
  readonly expected: string;
  readonly known: readonly string[];
}

function dangling({ located, isKey, written, expected, known }: Dangling): Problem {
  return {
    at: isKey ? located.keyAt : located.node.at,
    path: located.path,
    found: quote(written),
    expected,
    hint: suggest(written, known),
  };
}

function value(pattern: readonly string[], section: string, what: string): Reference {
  return {
    pattern,
    isKey: false,
    targets: (root) => namesIn(root, section),
    expected: `${what} of \`${section}\``,
  };
}

/** Null when the section is missing or no mapping, which is reported once, not for every reference into it. */
function namesIn(root: YamlNode, section: string): readonly string[] | null {
  const node = childOf(root, section);
  return node?.kind === "mapping" ? Array.from(node.entries.keys()) : null;
}

function joined(names: readonly string[] | null, more: readonly string[]): readonly string[] | null {
  return names === null ? null : [...names, ...more];
}

function entitiesOf(root: YamlNode): readonly string[] {
  return locate(root, "tenants", "*").map(
    ({ path, node }) => textOf(childOf(node, "entity")) ?? String(path.at(-1)),
  );
}
