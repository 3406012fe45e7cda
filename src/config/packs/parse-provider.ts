import { fail, ok, type Result } from "../../base/index.ts";
import { checkShape } from "../schema/check-shape.ts";
import { type Finding, type Problem, toFindings } from "../yaml/finding.ts";
import { checkNaming } from "./override.ts";
import type { PackSource } from "./parse-pack.ts";
import { checkPeriods } from "../checks/period-checks.ts";
import { type ProviderDocument, providerSchema } from "../schema/provider-schema.ts";
import { readYaml } from "../yaml/yaml-reader.ts";
import { childOf, locate, type YamlNode } from "../yaml/yaml-tree.ts";

export function parseProvider(source: PackSource): Result<ProviderDocument, readonly Finding[]> {
  const { root, problems } = readYaml(source.text);
  if (!root) return fail(toFindings(source.file, problems));
  const shape = checkShape(providerSchema, root);
  const all = [
    ...problems,
    ...(shape.ok ? [] : shape.error),
    ...checkNaming(root, { id: source.id, shadows: source.shadows ?? null }),
    ...checkAddresses(root),
    ...checkPeriods(root),
  ];
  if (!shape.ok || all.length > 0) return fail(toFindings(source.file, all));
  return ok(shape.value);
}

/** A region is reached at the address that chooses it: one for all customers, or one of their own under a known name. */
function checkAddresses(root: YamlNode): readonly Problem[] {
  return locate(root, "regions", "*").flatMap(({ path, node, keyAt }) => {
    const count = [childOf(node, "url"), childOf(node, "host")].filter(Boolean).length;
    if (node.kind !== "mapping" || count === 1) return [];
    const found = count === 0 ? "neither `url` nor `host`" : "both `url` and `host`";
    return [{ at: keyAt, path, found, expected: "one of the two" }];
  });
}
