import { isNode, LineCounter, parseDocument } from "yaml";

/** 1-based line and column of the deepest part of `path` that the text has; its beginning when it has none. */
export function positionOf(text: string, path: readonly string[]): { line: number; column: number } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (!isNode(node) || !node.range) continue;
    const { line, col } = lineCounter.linePos(node.range[0]);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}
