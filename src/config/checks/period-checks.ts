import { parseInstant } from "../../base/index.ts";
import { type Problem, quote } from "../yaml/finding.ts";
import { childOf, stepsFrom, type Located, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

/** Wherever something holds `since` one moment and `until` another, the first must come first. */
export function checkPeriods(root: YamlNode): readonly Problem[] {
  return checkBelow({ path: [], node: root, keyAt: root.at });
}

function checkBelow(located: Located): readonly Problem[] {
  return [...checkPeriod(located), ...stepsFrom(located).flatMap(checkBelow)];
}

function checkPeriod({ path, node }: Located): readonly Problem[] {
  const until = childOf(node, "until");
  const [start, end] = [textOf(childOf(node, "since")), textOf(until)].map(instantIn);
  if (!until || start === null || end === null || start === undefined || end === undefined || start < end)
    return [];
  const expected = "a moment after `since`";
  return [{ at: until.at, path: [...path, "until"], found: quote(textOf(until) ?? ""), expected }];
}

function instantIn(text: string | null): number | null {
  const parsed = parseInstant(text ?? "");
  return parsed.ok ? parsed.value : null;
}
