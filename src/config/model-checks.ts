import type { Problem } from "./finding.ts";
import { childOf, locate, textOf, type YamlNode } from "./yaml-tree.ts";

/** Rules are read in mode `hybrid` alone; elsewhere their author would believe in them for nothing. */
export function checkModels(root: YamlNode): readonly Problem[] {
  return locate(root, "models", "*", "rules").flatMap(({ path, keyAt }) => {
    const [model] = locate(root, "models", String(path[1]));
    const mode = model && childOf(model.node, "mode");
    if (textOf(mode) === "hybrid") return [];
    return [{ at: keyAt, path, found: "rules", expected: "none, or `mode: hybrid`" }];
  });
}
