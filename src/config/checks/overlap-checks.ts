import { overlaps, type Regime } from "../../law/index.ts";
import type { Problem } from "../yaml/finding.ts";
import { locate, type YamlNode } from "../yaml/yaml-tree.ts";

/**
 * Two instruments for one place at one time: it would be chance on which of them a transfer is recorded to rest, and when
 * that ends.
 */
export function checkOverlaps(root: YamlNode, { freeDestinations }: Regime): readonly Problem[] {
  const written = locate(root, "free_destinations", "*");
  return overlaps(freeDestinations).flatMap(({ left, right, places }) => {
    const [first, second] = [left, right].map((each) => written[freeDestinations.indexOf(each)]);
    if (!first || !second) return [];
    return [
      {
        at: second.node.at,
        path: second.path,
        found: `an instrument for \`${places.join(", ")}\` that holds while another one does`,
        expected: "one instrument for a place at a time",
        hint: `the other is on line ${first.node.at.line}`,
      },
    ];
  });
}
