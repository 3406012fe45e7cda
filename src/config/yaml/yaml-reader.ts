// Reads one YAML file into a tree. Only what YAML 1.2's core schema says and a reader can see at a glance is let in:
// no tags, directives, merge keys or second documents, each key once, names that are text, and bounds on everything.
import { encodeUtf8 } from "../../base/index.ts";
import { Composer, type CST, type Document, LineCounter, Parser } from "yaml";
import { type Position, type Problem, quote } from "./finding.ts";
import { bounds, maxBytes, oversize } from "./yaml-bounds.ts";
import { buildTree, type Tree } from "./yaml-builder.ts";
import { syntaxProblems } from "./yaml-syntax.ts";

type PositionOf = (offset: number) => Position;

const start: Position = { line: 1, column: 1 };
const maxSyntaxProblems = 20;

/** Never throws. */
export function readYaml(text: string): Tree {
  if (text.length > maxBytes || encodeUtf8(text).length > maxBytes) {
    return refuse(start, `more than ${maxBytes} bytes`, `at most ${maxBytes} bytes`);
  }
  const lines = new LineCounter();
  const tokens = Array.from(new Parser(lines.addNewLine).parse(text));
  const positionOf: PositionOf = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const large = oversize(tokens);
  if (large) return refuse(positionOf(large.offset), large.found, bounds);
  return besideOneDocument(tokens, positionOf) ?? compose(tokens, positionOf);
}

function besideOneDocument(tokens: readonly CST.Token[], positionOf: PositionOf): Tree | null {
  const directive = tokens.find(({ type }) => type === "directive");
  if (directive) {
    const source = "source" in directive ? directive.source : "";
    return refuse(
      positionOf(directive.offset),
      `the directive ${quote(source)}`,
      "none: the file is YAML 1.2",
    );
  }
  const second = tokens.filter(({ type }) => type === "document")[1];
  return second ? refuse(positionOf(second.offset), "a second document", "one document in the file") : null;
}

function compose(tokens: readonly CST.Token[], positionOf: PositionOf): Tree {
  // In YAML 1.2 `NO` is text and not false, and `<<` is a key like any other.
  const options = {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
  } as const;
  const [document] = Array.from(new Composer(options).compose(tokens));
  if (document && document.errors.length > 0) {
    return { root: null, problems: syntaxErrors(document, positionOf) };
  }
  if (!document?.contents) return refuse(start, "an empty file", "a mapping");
  return buildTree(document.contents, positionOf);
}

function syntaxErrors(document: Document.Parsed, positionOf: PositionOf): readonly Problem[] {
  return document.errors
    .slice(0, maxSyntaxProblems)
    .map(({ code, pos }) => ({ at: positionOf(pos[0]), path: [], ...syntaxProblems[code] }));
}

function refuse(at: Position, found: string, expected: string): Tree {
  return { root: null, problems: [{ at, path: [], found, expected }] };
}
