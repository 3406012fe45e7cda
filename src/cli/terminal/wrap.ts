import { stripVTControlCharacters } from "node:util";

/** What a terminal and a mail show without breaking it again. */
export const lineWidth = 100;

/** Breaks at spaces, with `indent` before every line but the first, which brings its own. A longer word stays whole. */
export function wrap(text: string, indent: number): string {
  const [first = "", ...words] = text.trimStart().split(" ");
  const lines: string[] = [];
  let line = " ".repeat(text.length - text.trimStart().length) + first;
  for (const word of words) {
    if (widthOf(`${line} ${word}`) <= lineWidth) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = " ".repeat(indent) + word;
    }
  }
  return [...lines, line].join("\n");
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
