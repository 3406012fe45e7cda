import type { Regime } from "../../law/index.ts";
import { type Problem, quote } from "../yaml/finding.ts";
import { suggest } from "../yaml/suggest.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

/** What the pinned packs together ask of one kind of mechanism. */
interface Demand {
  readonly documents: ReadonlySet<string>;
  readonly isEnabled: boolean;
}

/** A declared mechanism must be one that a pinned pack knows, and name every document that it asks for. */
export function checkMechanisms(root: YamlNode, regimes: readonly Regime[]): readonly Problem[] {
  const demands = demandsOf(regimes);
  return locate(root, "law", "mechanisms", "*").flatMap((declared) => {
    const kind = childOf(declared.node, "kind");
    const written = textOf(kind);
    if (!kind || written === null) return [];
    const demand = demands.get(written);
    if (demand) return checkDeclaration(declared, kind, demand);
    const hint = suggest(written, Array.from(demands.keys()));
    const expected = "a kind of mechanism that a pinned pack knows";
    return [{ at: kind.at, path: [...declared.path, "kind"], found: quote(written), expected, hint }];
  });
}

function demandsOf(regimes: readonly Regime[]): ReadonlyMap<string, Demand> {
  const demands = new Map<string, Demand>();
  for (const { kind, documents, enabled } of regimes.flatMap(({ mechanisms }) => mechanisms)) {
    const known = demands.get(kind);
    demands.set(kind, {
      documents: new Set([...(known?.documents ?? []), ...documents]),
      isEnabled: enabled || known?.isEnabled === true,
    });
  }
  return demands;
}

const ownKeys: ReadonlySet<string> = new Set(["kind", "from", "to", "classes", "since", "until"]);

function checkDeclaration(
  { path, node, keyAt }: Located,
  kind: YamlNode,
  demand: Demand,
): readonly Problem[] {
  const { documents, isEnabled } = demand;
  const missing = Array.from(documents)
    .filter((name) => childOf(node, name) === undefined)
    .map((name) => ({
      at: keyAt,
      path: [...path, name],
      found: "nothing",
      expected: `the document \`${name}\`, which ${quote(textOf(kind) ?? "")} asks for`,
    }));
  const unknown = locate(node, "*").flatMap((entry) => {
    const key = String(entry.path.at(-1));
    if (ownKeys.has(key) || documents.has(key)) return [];
    const expected = "a key of this mapping, or a document that its kind asks for";
    const hint = suggest(key, [...ownKeys, ...documents]);
    return [
      { at: entry.keyAt, path: [...path, key], found: `the unknown key ${quote(key)}`, expected, hint },
    ];
  });
  return [...missing, ...unknown, ...(isEnabled ? [] : [switchedOff(path, kind)])];
}

function switchedOff(path: Located["path"], kind: YamlNode): Problem {
  return {
    severity: "warning",
    at: kind.at,
    path: [...path, "kind"],
    found: `${quote(textOf(kind) ?? "")}, which every pinned pack has switched off`,
    expected: "a mechanism that works",
  };
}
