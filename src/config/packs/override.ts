// A file of an organisation's own that stands in front of one that the program ships has to say so, and why: a stale
// copy, or one that somebody slipped in, must not replace a law unseen.
import { type Problem, quote } from "../yaml/finding.ts";
import { label, name } from "../schema/vocabulary.ts";
import { childOf, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export const override = {
  overrides: name
    .optional()
    .describe("For a file of your own: the shipped one of the same name that it replaces."),
  reason: label.optional().describe("Why it replaces it."),
};

interface Naming {
  /** The name under which it was asked for. */
  readonly id: string;
  /** The shipped file that it stands in front of; null for none. */
  readonly shadows: string | null;
}

/** Its `id` is its file's name, and it replaces another file only with a reason. */
export function checkNaming(root: YamlNode, { id, shadows }: Naming): readonly Problem[] {
  return [...checkId(root, id), ...checkOverride(root, { id, shadows })];
}

function checkId(root: YamlNode, id: string): readonly Problem[] {
  const node = childOf(root, "id");
  const written = textOf(node);
  if (!node || written === null || written === id) return [];
  return [
    { at: node.at, path: ["id"], found: quote(written), expected: `${quote(id)}, like the file's name` },
  ];
}

function checkOverride(root: YamlNode, { id, shadows }: Naming): readonly Problem[] {
  const overrides = childOf(root, "overrides");
  if (!overrides) return shadows === null ? [] : [unsaid(root, { id, shadows })];
  const at = overrides.at;
  const written = textOf(overrides) ?? "";
  if (shadows === null || written !== id) {
    const expected =
      shadows === null ? "nothing: no shipped file has this name" : `${quote(id)}, whose place it takes`;
    return [{ at, path: ["overrides"], found: quote(written), expected }];
  }
  if (childOf(root, "reason")) return [];
  return [{ at, path: ["reason"], found: "nothing", expected: `why it replaces ${quote(shadows)}` }];
}

function unsaid(root: YamlNode, { id, shadows }: Naming): Problem {
  return {
    at: childOf(root, "id")?.at ?? root.at,
    path: ["overrides"],
    found: "nothing",
    expected: `${quote(id)}, because ${quote(shadows ?? "")} has the same name`,
    hint: `say \`overrides: ${id}\` and a \`reason\`, or give it a name of its own`,
  };
}

/** Tells whoever signs the policy that it is not the shipped text that decides. */
export function replacement(id: string, reason: string): Omit<Problem, "at" | "path"> {
  return {
    severity: "warning",
    found: `${quote(id)}, replaced by a file of your own`,
    expected: "the shipped one",
    hint: `the reason given: ${reason}`,
  };
}
