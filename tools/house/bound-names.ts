// The names that a function binds for itself: they hide what stands under the same name at the top of the file.
import type { Node } from "oxc-parser";
import { nodesOf } from "./syntax-tree.ts";

/** Parameters, variables, functions and caught errors, also those of the functions inside it; its own name is not one. */
export function namesBoundIn(declaration: Node): ReadonlySet<string> {
  const inside = nodesOf(declaration).slice(1);
  return new Set([...parametersOf(declaration), ...inside.flatMap(namesBoundBy)]);
}

function namesBoundBy(node: Node): readonly string[] {
  if (node.type === "VariableDeclarator") return namesInPattern(node.id);
  if (node.type === "CatchClause") return node.param ? namesInPattern(node.param) : [];
  if (node.type === "FunctionDeclaration" && node.id) return [node.id.name, ...parametersOf(node)];
  return parametersOf(node);
}

function parametersOf(node: Node): readonly string[] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node take no parameters
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return node.params.flatMap(namesInPattern);
    default:
      return [];
  }
}

function namesInPattern(pattern: Node): readonly string[] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- nothing else is a pattern
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap(namesInPattern);
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? namesInPattern(element) : []));
    case "Property":
      return namesInPattern(pattern.value);
    case "RestElement":
      return namesInPattern(pattern.argument);
    case "AssignmentPattern":
      return namesInPattern(pattern.left);
    default:
      return [];
  }
}
