import { isMap, isNode, isPair, isScalar, parseDocument } from "yaml";
import { UnusableInputError } from "../../disk/index.ts";

/** Where a value is in the document, such as `["cells", "eu-frankfurt", "url"]`. */
export type YamlPath = readonly (string | number)[];

/**
 * Replaces the scalars at `changes` and leaves every other byte as its author wrote it, comments and layout too. A path
 * that is not there any more is left out: whoever removed a demo tenant from the file does not want it back.
 */
export function replaceScalars(text: string, changes: readonly (readonly [YamlPath, string])[]): string {
  const document = parseDocument(text);
  const edits = changes.flatMap(([path, value]) => {
    const node = document.getIn(path, true);
    return isScalar(node) && node.range ? [{ from: node.range[0], to: node.range[1], value }] : [];
  });
  return edits
    .toSorted((left, right) => right.from - left.from)
    .reduce(
      (result, { from, to, value }) => result.slice(0, from) + JSON.stringify(value) + result.slice(to),
      text,
    );
}

/** Puts `lines` in front of the first member of the block map at `path`, at its indentation. */
export function insertMembers(text: string, path: YamlPath, lines: readonly string[]): string {
  const map = parseDocument(text).getIn(path, true);
  const first = isMap(map) && !map.flow ? map.items[0] : undefined;
  const at = isPair(first) && isNode(first.key) ? first.key.range?.[0] : undefined;
  if (at === undefined) {
    throw new UnusableInputError([
      `policy: \`${path.join(".")}\` has no member on a line of its own to add another to; write it as a block`,
    ]);
  }
  const indentation = " ".repeat(at - (text.lastIndexOf("\n", at - 1) + 1));
  return text.slice(0, at) + lines.map((line) => `${line}\n${indentation}`).join("") + text.slice(at);
}
