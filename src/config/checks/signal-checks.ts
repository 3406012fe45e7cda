// What a tenant says about its signals must hang together: one issuer, one tenant; one name, one key; a choice of something.
import { type Problem, quote } from "../yaml/finding.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkSignals(root: YamlNode): readonly Problem[] {
  return [
    ...onlyOnce(locate(root, "tenants", "*", "identity", "jwt", "issuer"), "each issuer with one tenant"),
    ...locate(root, "tenants", "*", "identity", "jwt").flatMap(({ path, node }) =>
      onlyOnce(
        locate(node, "keys", "*", "kid").map((kid) => ({ ...kid, path: [...path, ...kid.path] })),
        "each `kid` once",
      ),
    ),
    ...locate(root, "tenants", "*", "identity", "jwt").flatMap(checkKeySource),
    ...locate(root, "tenants", "*").flatMap(checkChoice),
  ];
}

/** A name stands once: otherwise it would be chance whose request it is, or which key has to verify it. */
function onlyOnce(named: readonly Located[], expected: string): readonly Problem[] {
  const lineByName = new Map<string, number>();
  return named.flatMap(({ path, node }) => {
    const name = textOf(node);
    if (name === null) return [];
    const first = lineByName.get(name);
    if (first === undefined) {
      lineByName.set(name, node.at.line);
      return [];
    }
    const hint = `the same is on line ${first} already`;
    return [{ at: node.at, path, found: `${quote(name)} a second time`, expected, hint }];
  });
}

/** Keys of two sources would leave open whether one that the provider has taken back still counts. */
function checkKeySource({ path, keyAt, node }: Located): readonly Problem[] {
  if (node.kind !== "mapping") return [];
  const [keys, url] = [childOf(node, "keys"), childOf(node, "jwks-url")];
  const beside = locate(node, "jwks-ca").concat(locate(node, "jwks-max-age"));
  const isOne = (keys === undefined) !== (url === undefined);
  return [
    ...(isOne
      ? []
      : [
          {
            at: keyAt,
            path,
            found: keys === undefined ? "neither `keys` nor `jwks-url`" : "`keys` and `jwks-url`",
            expected: "`keys`, pinned, or `jwks-url`, to fetch them",
          },
        ]),
    ...(url === undefined
      ? beside.map((member) => ({
          at: member.keyAt,
          path: [...path, ...member.path],
          found: "a member of `jwks-url`, which is not there",
          expected: "`jwks-url`, or none of its members",
        }))
      : []),
  ];
}

function checkChoice({ path, node }: Located): readonly Problem[] {
  if (childOf(node, "subjects") !== undefined) return [];
  return locate(node, "signals", "may-select").map(({ keyAt, path: inner }) => ({
    at: keyAt,
    path: [...path, ...inner],
    found: "a choice without places to choose from",
    expected: "`subjects`, the places that a signal may choose among",
  }));
}
