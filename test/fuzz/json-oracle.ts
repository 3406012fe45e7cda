// JSON.parse says whether a text is JSON. What it says nothing about (where members stand, names that appear twice, how deep and
// how many) is read off the tokens, which a regular expression can tell apart in a text that is known to be JSON.
import { isUtf8 } from "node:buffer";

interface Bounds {
  readonly maxValues: number;
  readonly maxNames: number;
}

interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The value, written again. */
  readonly text: string;
}

type Members = { readonly members: readonly Member[] } | { readonly refused: string };

interface Token {
  readonly text: string;
  /** In characters. */
  readonly start: number;
}

const maxDepth = 128;
const maxNameBytes = 1_024;

export function membersOf(bytes: Uint8Array, bounds: Bounds): Members {
  if (!isUtf8(bytes)) return { refused: "not UTF-8" };
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  try {
    JSON.parse(text);
  } catch {
    return { refused: "not JSON" };
  }
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)].map(
    ({ 0: token, index }) => ({
      text: token,
      start: index,
    }),
  );
  if (tokens[0]?.text !== "{") return { refused: "no object" };
  const walk = new Walk(text, tokens);
  const folded = walk.members.map(({ name }) => name.toUpperCase().toLowerCase());
  if (walk.deepest > maxDepth) return { refused: "too deep" };
  if (walk.values > bounds.maxValues || walk.mostNames > bounds.maxNames) return { refused: "too many" };
  if (walk.longestName > maxNameBytes) return { refused: "a long name" };
  if (new Set(folded).size < folded.length || walk.hasNameTwice) return { refused: "a name twice" };
  return { members: walk.members };
}

/** Goes over the tokens of a text that is JSON and begins with an object. */
class Walk {
  readonly #text: string;
  readonly members: Member[] = [];
  deepest = 0;
  hasNameTwice = false;
  /** Below the object itself. */
  values = -1;
  mostNames = 0;
  /** In bytes with its quotes, of those of the object itself. */
  longestName = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    const open: string[][] = [];
    for (const [at, token] of tokens.entries()) {
      const isName = tokens[at + 1]?.text === ":";
      if ("{[".includes(token.text)) {
        open.push([]);
        this.deepest = Math.max(this.deepest, open.length);
      }
      const names = open.at(-1);
      if (isName && names) this.#note(names, String(JSON.parse(token.text)));
      if (isName && open.length === 1) this.#add(tokens, at);
      if (!isName && !"}],:".includes(token.text)) this.values++;
      if ("}]".includes(token.text)) open.pop();
    }
  }

  #note(names: string[], name: string): void {
    this.hasNameTwice ||= names.includes(name);
    this.mostNames = Math.max(this.mostNames, names.push(name));
  }

  #add(tokens: readonly Token[], at: number): void {
    const name = tokens[at];
    const first = tokens[at + 2];
    const last = tokens[lastOfValue(tokens, at + 2)];
    if (!name || !first || !last) throw new Error("a member without a value was taken for JSON");
    const end = last.start + last.text.length;
    this.longestName = Math.max(this.longestName, Buffer.byteLength(name.text));
    this.members.push({
      name: String(JSON.parse(name.text)),
      start: this.#bytesBefore(first.start),
      end: this.#bytesBefore(end),
      text: JSON.stringify(JSON.parse(this.#text.slice(first.start, end))),
    });
  }

  #bytesBefore(character: number): number {
    return Buffer.byteLength(this.#text.slice(0, character));
  }
}

function lastOfValue(tokens: readonly Token[], first: number): number {
  let depth = 0;
  for (let at = first; at < tokens.length; at++) {
    const text = tokens[at]?.text ?? "";
    if ("{[".includes(text)) depth++;
    if ("}]".includes(text)) depth--;
    if (depth === 0) return at;
  }
  return tokens.length;
}
