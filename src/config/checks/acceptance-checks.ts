// Who accepts a law that no pack states answers for it by name: a field that was filled with nobody names nobody.
import { isInHand } from "../policy/build-document.ts";
import { type Problem, quote } from "../yaml/finding.ts";
import { locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkAcceptances(root: YamlNode): readonly Problem[] {
  return locate(root, "law", "accepts", "*", "by").flatMap(({ node, path }) => {
    const by = textOf(node);
    if (by === null || isInHand(by)) return [];
    const hint = "name the person or the office that has looked at the law of that place";
    return [{ at: node.at, path, found: quote(by), expected: "who answers for it", hint }];
  });
}
