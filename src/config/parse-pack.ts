import { fail, ok, type Result } from "../base/index.ts";
import type { Regime } from "../law/index.ts";
import { buildRegime } from "./build-regime.ts";
import { checkShape } from "./check-shape.ts";
import { type Finding, type Problem, quote, toFindings } from "./finding.ts";
import { packSchema } from "./pack-schema.ts";
import { checkPeriods } from "./period-checks.ts";
import { readYaml } from "./yaml-reader.ts";
import { childOf, textOf, type YamlNode } from "./yaml-tree.ts";

export interface PackSource {
  readonly file: string;
  readonly text: string;
  /** The name under which it was asked for. */
  readonly id: string;
}

export function parsePack({ file, text, id }: PackSource): Result<Regime, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));
  const shape = checkShape(packSchema, root);
  const all = [
    ...problems,
    ...(shape.ok ? [] : shape.error),
    ...checkId(root, id),
    ...checkPlaces(root),
    ...checkPeriods(root),
  ];
  if (!shape.ok || all.length > 0) return fail(toFindings(file, all));
  return ok(buildRegime(shape.value));
}

function checkId(root: YamlNode, id: string): readonly Problem[] {
  const node = childOf(root, "id");
  const written = textOf(node);
  if (!node || written === null || written === id) return [];
  return [
    { at: node.at, path: ["id"], found: quote(written), expected: `${quote(id)}, like the file's name` },
  ];
}

/** The key without which a rule of this kind would forbid everything, or nothing. */
const neededPlaces = new Map([
  ["hard_local", "home"],
  ["conditional", "home"],
  ["denylist", "denied_destinations"],
  ["export_control", "denied_destinations"],
  ["operator", "operator_constraints"],
]);

function checkPlaces(root: YamlNode): readonly Problem[] {
  const rule = childOf(root, "rule");
  const written = textOf(rule);
  const needed = neededPlaces.get(written ?? "");
  if (!rule || needed === undefined || childOf(root, needed)) return [];
  return [
    {
      at: rule.at,
      path: [needed],
      found: "nothing",
      expected: `\`${needed}\`, because the rule is \`${written}\``,
    },
  ];
}
