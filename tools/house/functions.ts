// How long the functions of a file are: declarations, expressions, methods, and arrow functions that have a block.
import type { Node } from "oxc-parser";

export interface MeasuredFunction {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly name: string;
  readonly lines: number;
}

/** `nodes` are all those of the file's syntax tree. */
export function functionsOf(file: string, text: string, nodes: readonly Node[]): readonly MeasuredFunction[] {
  const names = new Map(nodes.flatMap((node) => namesGivenBy(node, text)));
  return nodes.filter(isFunctionWithBlock).map((node) => ({
    file,
    line: linesUntil(node.start, text),
    name: names.get(node) ?? "(no name)",
    lines: linesUntil(node.end, text) - linesUntil(node.start, text) + 1,
  }));
}

/** A method is a function expression in the syntax tree, and a signature without a body is neither. */
function isFunctionWithBlock(node: Node): boolean {
  if (node.type === "ArrowFunctionExpression") return node.body.type === "BlockStatement";
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression";
}

/** A function's name stands in its own node, or in the one that holds it. */
function namesGivenBy(node: Node, text: string): readonly (readonly [Node, string])[] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node name no function
  switch (node.type) {
    case "FunctionDeclaration":
      return node.id ? [[node, node.id.name]] : [];
    case "VariableDeclarator":
      return node.init && node.id.type === "Identifier" ? [[node.init, node.id.name]] : [];
    case "MethodDefinition":
    case "PropertyDefinition":
    case "Property":
      return node.value ? [[node.value, text.slice(node.key.start, node.key.end)]] : [];
    default:
      return [];
  }
}

function linesUntil(offset: number, text: string): number {
  return text.slice(0, offset).split("\n").length;
}
