// The mistakes that a hand could make in one place of a source file, found in its syntax tree.
import { type Node, parseSync, visitorKeys } from "oxc-parser";

/** Replaces the text from `start` until `end`, in UTF-16 units. */
export interface Mutation {
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** What was done, such as `< becomes <=`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** In the order of the text. Throws on a file that does not parse. */
export function mutationsOf(file: string, source: string): readonly Mutation[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors.map(({ message }) => message).join("; ")}`);
  return nodesOf(program)
    .flatMap((node) => editsOf(node, source))
    .map((edit) => ({ ...edit, file, ...positionOf(edit.start, source) }))
    .toSorted((left, right) => left.start - right.start);
}

export function mutated(source: string, { start, end, text }: Mutation): string {
  return source.slice(0, start) + text + source.slice(end);
}

type Edit = Omit<Mutation, "file" | "line" | "column">;

function positionOf(start: number, source: string): Pick<Mutation, "line" | "column"> {
  const lines = source.slice(0, start).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** Types have no behaviour, so there is nothing in them to get wrong that the compiler would not say. */
function nodesOf(node: Node): readonly Node[] {
  const isType =
    node.type.startsWith("TS") && !["TSAsExpression", "TSSatisfiesExpression"].includes(node.type);
  if (isType || node.type === "ImportDeclaration") return [];
  const children = (visitorKeys[node.type] ?? []).flatMap((key) => Reflect.get(node, key) as unknown);
  return [node, ...children.filter(isNode).flatMap(nodesOf)];
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

function editsOf(node: Node, source: string): readonly Edit[] {
  const textOf = ({ start, end }: Node): string => source.slice(start, end);
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node hold nothing to break
  switch (node.type) {
    case "BinaryExpression":
      return (comparisons[node.operator] ?? []).map((operator) => ({
        ...whole(node, `\`${node.operator}\` becomes \`${operator}\``),
        text: `${textOf(node.left)} ${operator} ${textOf(node.right)}`,
      }));
    case "LogicalExpression":
      return logical(node, textOf);
    case "UnaryExpression":
      if (node.operator !== "!") return [];
      return [{ ...whole(node, "`!` is removed"), text: textOf(node.argument) }];
    case "IfStatement":
      return [
        { ...whole(node.test, "the condition is negated"), text: `!(${textOf(node.test)})` },
        { ...whole(node, "the `if` is removed"), text: node.alternate ? textOf(node.alternate) : ";" },
      ];
    case "ConditionalExpression":
      return [{ ...whole(node.test, "the condition is negated"), text: `!(${textOf(node.test)})` }];
    case "CallExpression":
      return calls(node, textOf);
    case "ArrayExpression":
      return arrays(node, textOf);
    case "SwitchStatement":
      return switches(node, textOf);
    case "Literal":
      if (typeof node.value !== "boolean") return [];
      return [{ ...whole(node, `\`${node.value}\` becomes \`${!node.value}\``), text: String(!node.value) }];
    default:
      return [];
  }
}

const comparisons: Readonly<Record<string, readonly string[]>> = {
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
};

function whole({ start, end }: Node, name: string): Omit<Edit, "text"> {
  return { start, end, name };
}

type TextOf = (node: Node) => string;

function logical(node: Extract<Node, { type: "LogicalExpression" }>, textOf: TextOf): readonly Edit[] {
  const [left, right] = [textOf(node.left), textOf(node.right)];
  if (node.operator === "??") return [{ ...whole(node, "the left of `??` is removed"), text: right }];
  const other = node.operator === "&&" ? "||" : "&&";
  // In parentheses, for the two bind differently.
  const swapped = { ...whole(node, `\`${node.operator}\` becomes \`${other}\``) };
  return [{ ...swapped, text: `((${left}) ${other} (${right}))` }];
}

const opposites: Readonly<Record<string, string>> = {
  every: "some",
  some: "every",
  // One asks whether a place surely lies in a set, the other whether it may.
  includesPlace: "mayLieIn",
  mayLieIn: "includesPlace",
  mayHold: "mayNotHold",
  mayNotHold: "mayHold",
};

function calls(node: Extract<Node, { type: "CallExpression" }>, textOf: TextOf): readonly Edit[] {
  const { callee } = node;
  if (callee.type === "Identifier" && callee.name === "blocked") {
    return [{ ...whole(node, "the block passes"), text: `{ ...${textOf(node)}, passes: true }` }];
  }
  const named = callee.type === "MemberExpression" ? callee.property : callee;
  if (named.type !== "Identifier") return [];
  if (callee.type === "MemberExpression" && named.name === "filter") {
    return [{ ...whole(node, "the filter is removed"), text: `[...${textOf(callee.object)}]` }];
  }
  const other = opposites[named.name];
  if (other === undefined) return [];
  return [{ ...whole(named, `\`${named.name}\` becomes \`${other}\``), text: other }];
}

function arrays(node: Extract<Node, { type: "ArrayExpression" }>, textOf: TextOf): readonly Edit[] {
  if (node.elements.length === 0) return [];
  const emptied = { ...whole(node, "the array is emptied"), text: "[]" };
  if (node.elements.length === 1) return [emptied];
  const elements = node.elements.flatMap((element) => element ?? []);
  const without = elements.map((left) => ({
    ...whole(node, `\`${shortened(textOf(left))}\` is left out`),
    text: `[${elements
      .filter((each) => each !== left)
      .map(textOf)
      .join(", ")}]`,
  }));
  return [emptied, ...without];
}

function switches(node: Extract<Node, { type: "SwitchStatement" }>, textOf: TextOf): readonly Edit[] {
  return node.cases.slice(1).flatMap(({ test }, index) => {
    const { test: before = null, consequent = [] } = node.cases[index] ?? {};
    // Two labels of one body may stand in any order.
    if (before === null || test === null || consequent.length === 0) return [];
    const { start } = before;
    const between = textOf(node).slice(before.end - node.start, test.start - node.start);
    const name = `${textOf(before)} and ${textOf(test)} change places`;
    return [{ start, end: test.end, name, text: `${textOf(test)}${between}${textOf(before)}` }];
  });
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
