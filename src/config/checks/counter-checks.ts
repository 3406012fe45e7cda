// A count means nothing without the period that it is of.
import { type Problem, quote } from "../yaml/finding.ts";
import { childOf, type Located, locate, stepsFrom, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

/** Every counter that a pack's conditions read has a period, and every one that has a period is read. */
export function checkCounters(root: YamlNode): readonly Problem[] {
  const read = countersBelow({ path: [], node: root, keyAt: root.at });
  const stated = locate(root, "counters", "*");
  const names = stated.map(({ path }) => String(path.at(-1)));
  const readNames = new Set(read.map(({ node }) => textOf(node)));
  return [
    ...read.flatMap(({ path, node }) => {
      const counter = textOf(node);
      if (counter === null || names.includes(counter)) return [];
      const expected = "a counter whose period the pack states under `counters`";
      return [{ at: node.at, path, found: quote(counter), expected }];
    }),
    ...stated.flatMap(({ path, keyAt }) => {
      const counter = String(path.at(-1));
      if (readNames.has(counter)) return [];
      return [{ at: keyAt, path, found: quote(counter), expected: "a counter that a condition reads" }];
    }),
  ];
}

function countersBelow(located: Located): readonly Located[] {
  const volume = childOf(located.node, "volume_at_least");
  const counter = volume && childOf(volume, "counter");
  if (counter === undefined) return stepsFrom(located).flatMap(countersBelow);
  return [{ path: [...located.path, "volume_at_least", "counter"], node: counter, keyAt: counter.at }];
}
