// The syntax tree of a file as a list, for figures that ask about every node of a kind.
import { type Node, parseSync, type ParseResult, visitorKeys } from "oxc-parser";

/** Throws on a file that does not parse: a figure of half a tree would be wrong without anybody's knowing. */
export function parseFile(file: string, text: string): ParseResult {
  const parsed = parseSync(file, text);
  const [error] = parsed.errors;
  if (error) throw new Error(`${file}: ${error.message}`);
  return parsed;
}

/** The node itself and all nodes below it, in the order of the text. */
export function nodesOf(node: Node): readonly Node[] {
  const nodes: Node[] = [];
  const visit = (each: Node): void => {
    nodes.push(each);
    childrenOf(each).forEach(visit);
  };
  visit(node);
  return nodes;
}

function childrenOf(node: Node): readonly Node[] {
  return (visitorKeys[node.type] ?? []).flatMap((key) => Reflect.get(node, key) as unknown).filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}
