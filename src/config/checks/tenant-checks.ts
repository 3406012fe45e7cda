import { type Problem, quote } from "../yaml/finding.ts";
import { parseSpiffePattern, patternsOf } from "../values/spiffe-id.ts";
import { childOf, childrenOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkTenants(root: YamlNode): readonly Problem[] {
  return [
    ...checkKeys(root),
    ...locate(root, "tenants", "*", "keys", "*").flatMap(checkProof),
    ...checkCertificates(root),
    ...locate(root, "tenants", "*").flatMap(checkDefaultZone),
    ...locate(root, "tenants", "*").flatMap(checkResponseCache),
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

/** Every request holds what its tenant's do, and is for a model that its tenant may use: else no answer is ever kept. */
function checkResponseCache(tenant: Located): readonly Problem[] {
  return locate(tenant.node, "response-cache").flatMap((cache) => [
    ...checkCachedClasses(tenant, cache),
    ...checkCachedModels(tenant, cache),
  ]);
}

function checkCachedClasses({ path, node }: Located, cache: Located): readonly Problem[] {
  const kept = wordsIn(childOf(cache.node, "classes"));
  const others = wordsIn(childOf(node, "class")).filter((word) => !kept.includes(word));
  if (kept.length === 0 || others.length === 0) return [];
  const found = `a cache whose \`classes\` are without ${quote(others.join(", "))}, which each request of the tenant holds`;
  const expected = "the tenant's `class` among its `classes`, or no cache";
  return [{ at: cache.keyAt, path: [...path, ...cache.path], found, expected }];
}

function checkCachedModels({ path, node }: Located, cache: Located): readonly Problem[] {
  const models = childOf(node, "models");
  if (models === undefined) return [];
  const usable = wordsIn(models);
  return locate(cache.node, "models", "*").flatMap((named) => {
    const written = textOf(named.node);
    if (written === null || usable.includes(written)) return [];
    const found = quote(written);
    const where = [...path, ...cache.path, ...named.path];
    return [{ at: named.node.at, path: where, found, expected: "a model that the tenant may use" }];
  });
}

function wordsIn(node: YamlNode | undefined): readonly string[] {
  if (node === undefined) return [];
  const words = node.kind === "scalar" ? [node] : childrenOf(node);
  return words.map(textOf).filter((word) => word !== null);
}
