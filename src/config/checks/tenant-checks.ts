import type { Problem } from "../yaml/finding.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkTenants(root: YamlNode): readonly Problem[] {
  return [...checkKeys(root), ...locate(root, "tenants", "*").flatMap(checkDefaultZone)];
}

/** One key, one tenant: otherwise it would be chance under whose law a request falls. */
function checkKeys(root: YamlNode): readonly Problem[] {
  const lineByHash = new Map<string, number>();
  return locate(root, "tenants", "*", "keys", "*", "sha256").flatMap(({ path, node }) => {
    const hash = textOf(node);
    if (hash === null) return [];
    const first = lineByHash.get(hash);
    if (first === undefined) {
      lineByHash.set(hash, node.at.line);
      return [];
    }
    const hint = `the same is on line ${first} already`;
    return [{ at: node.at, path, found: "the hash of a key a second time", expected: "each key once", hint }];
  });
}

/**
 * A requirement without a zone means the jurisdiction's own. Of several places nobody can say which one is meant: their
 * union would let data of one place go to the other.
 */
function checkDefaultZone({ path, node }: Located): readonly Problem[] {
  const subjects = childOf(node, "subjects");
  if (subjects?.kind === "scalar" || (subjects?.kind === "list" && subjects.items.length === 1)) return [];
  return locate(node, "requires", "*").flatMap((wanted) => {
    if (wanted.node.kind !== "scalar" || (wanted.node.value !== null && wanted.node.value !== true))
      return [];
    return [
      {
        at: wanted.keyAt,
        path: [...path, ...wanted.path],
        found: "no zone",
        expected: "a zone such as `EEA` or `DE`",
        hint: "it can be left out where `subjects` is one place",
      },
    ];
  });
}
