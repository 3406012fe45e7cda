import type { Problem } from "../yaml/finding.ts";
import { parseSpiffePattern, patternsOf } from "../values/spiffe-id.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkTenants(root: YamlNode): readonly Problem[] {
  return [
    ...checkKeys(root),
    ...locate(root, "tenants", "*", "keys", "*").flatMap(checkProof),
    ...checkCertificates(root),
    ...locate(root, "tenants", "*").flatMap(checkDefaultZone),
  ];
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

/** Both in one would leave open whether one of them is enough. */
function checkProof({ path, keyAt, node }: Located): readonly Problem[] {
  if (node.kind !== "mapping") return [];
  const proofs = [childOf(node, "sha256"), childOf(node, "spiffe")].filter((proof) => proof !== undefined);
  if (proofs.length === 1) return [];
  const found = proofs.length === 0 ? "neither `sha256` nor `spiffe`" : "`sha256` and `spiffe` in one key";
  const expected = "`sha256` for an API key, or `spiffe` for a client certificate";
  return [{ at: keyAt, path, found, expected }];
}

/** Within a tenant the longest that fits counts. Between tenants it would be hard to see under whose law a request falls. */
function checkCertificates(root: YamlNode): readonly Problem[] {
  const patterns = locate(root, "tenants", "*", "keys", "*", "spiffe").flatMap(({ path, node }) => {
    const pattern = textOf(node);
    const isRead = pattern !== null && parseSpiffePattern(pattern).ok;
    return isRead ? [{ pattern, tenant: String(path[1]), path, at: node.at }] : [];
  });
  const firsts = new Map(patterns.toReversed().map((each) => [each.pattern, each]));
  return patterns.flatMap((each) => {
    const { pattern, tenant, path, at } = each;
    const other = patternsOf(pattern)
      .flatMap((holding) => firsts.get(holding) ?? [])
      .find((first) => first !== each && (first.pattern === pattern || first.tenant !== tenant));
    if (other === undefined) return [];
    const found = other.pattern === pattern ? "a SPIFFE ID a second time" : "a SPIFFE ID of two tenants";
    const hint = `\`${other.pattern}\` is tenant \`${other.tenant}\`'s, on line ${other.at.line}`;
    return [{ at, path, found, expected: "each SPIFFE ID with one key, and one tenant", hint }];
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
