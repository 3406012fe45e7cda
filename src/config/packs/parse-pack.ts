import { fail, ok, type Result } from "../../base/index.ts";
import type { Regime } from "../../law/index.ts";
import { buildRegime } from "../policy/build-regime.ts";
import { checkShape } from "../schema/check-shape.ts";
import { type Finding, type Problem, toFindings } from "../yaml/finding.ts";
import { checkCounters } from "../checks/counter-checks.ts";
import { checkOverlaps } from "../checks/overlap-checks.ts";
import { checkNaming } from "./override.ts";
import { packSchema } from "../schema/pack-schema.ts";
import { checkPeriods } from "../checks/period-checks.ts";
import { readYaml } from "../yaml/yaml-reader.ts";
import { childOf, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export interface PackSource {
  readonly file: string;
  readonly text: string;
  /** The name under which it was asked for. */
  readonly id: string;
  /** The shipped file of the same name that it stands in front of, if it is an organisation's own. */
  readonly shadows?: string | null;
}

export interface ParsedPack {
  readonly regime: Regime;
  /** Why it replaces the shipped pack of its name; null where it does not. */
  readonly reason: string | null;
}

export function parsePack({ file, text, id, shadows }: PackSource): Result<ParsedPack, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));
  const shape = checkShape(packSchema, root);
  const all = [
    ...problems,
    ...(shape.ok ? [] : shape.error),
    ...checkNaming(root, { id, shadows: shadows ?? null }),
    ...checkPlaces(root),
    ...checkPeriods(root),
    ...checkCounters(root),
  ];
  if (!shape.ok || all.length > 0) return fail(toFindings(file, all));
  const regime = buildRegime(shape.value);
  const overlapping = checkOverlaps(root, regime);
  if (overlapping.length > 0) return fail(toFindings(file, overlapping));
  return ok({ regime, reason: shape.value.reason ?? null });
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
