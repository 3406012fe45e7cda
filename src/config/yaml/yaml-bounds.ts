import type { CST } from "yaml";

/** In UTF-8. A policy of two thousand tenants is half of it. */
export const maxBytes: number = 1024 * 1024;
/** Values in a file, aliases written out. */
export const maxValues = 200_000;
/** Levels of nesting, aliases written out. */
export const maxDepth = 32;

export const bounds: string = `at most ${maxDepth} levels and ${maxValues} values, aliases written out`;

/** A key, its colon and its value. */
const tokensPerValue = 3;

/** A reason not to build a document from these tokens, at an offset in the text. */
export interface Oversize {
  readonly offset: number;
  readonly found: string;
}

/** Looks at the tokens with a stack of its own, because what builds a document from them recurses. */
export function oversize(tokens: readonly CST.Token[]): Oversize | null {
  const stack = tokens.map((token) => ({ token, depth: 0 }));
  let count = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { token, depth } = next;
    count += 1 + marksIn(token);
    if (depth > maxDepth) return { offset: token.offset, found: "values nested too deeply" };
    if (count > tokensPerValue * maxValues) return { offset: token.offset, found: "too many values" };
    for (const inner of valuesIn(token)) stack.push({ token: inner, depth: depth + 1 });
  }
  return null;
}

function valuesIn(token: CST.Token): readonly CST.Token[] {
  if (token.type === "document") return token.value ? [token.value] : [];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}

/** Commas, colons, anchors and the like around a collection's items: a file can be nothing else. */
function marksIn(token: CST.Token): number {
  const items = "items" in token ? token.items : token.type === "document" ? [{ start: token.start }] : [];
  return items.reduce((total, { start, sep }: { start: CST.SourceToken[]; sep?: CST.SourceToken[] }) => {
    return total + [...start, ...(sep ?? [])].filter(({ type }) => !blanks.has(type)).length;
  }, 0);
}

const blanks: ReadonlySet<string> = new Set(["space", "newline", "comment"]);
