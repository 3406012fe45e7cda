// Conditions of hybrid rules: CEL (https://cel.dev), cut down to what can be bounded by looking at it.
//
// CEL always ends, but a short expression may take very long or grow very large: macros nest, `+` and `map` build values,
// patterns backtrack. So only what builds nothing is let in: comparison, membership, logic, and `exists` and `all`, not
// one inside the other. One evaluation then takes at most {@link maxNodes} steps for each value of one list.
import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import { dayMs, fail, ok, type Result } from "../../base/index.ts";
import type { HybridRule, RoutingFacts } from "../../routing/index.ts";

const maxLength = 1_000;
const maxNodes = 200;

const environment = new Environment({
  limits: { maxAstNodes: maxNodes, maxDepth: 32, maxListElements: 100, maxCallArguments: 2 },
})
  .registerVariable("tenant", "string")
  .registerVariable("classes", "list<string>")
  .registerVariable("subjects", "list<string>")
  .registerVariable("hour", "int")
  .registerVariable("weekday", "int")
  .registerVariable("homeAvailable", "int")
  .registerVariable("homeLatencyMs", "double")
  .registerVariable("homeErrorShare", "double")
  .registerVariable("latencyMs", "map<string, double>")
  .registerVariable("errorShare", "map<string, double>");

/** The condition as a function, or what is wrong with it. */
export function parseHybridCondition(text: string): Result<HybridRule["holds"], string> {
  if (text.length > maxLength) return fail(`it has more than ${maxLength} characters`);
  try {
    const condition = environment.parse(text);
    const fault = faultIn(condition.ast, false);
    if (fault !== null) return fail(fault);
    const { valid, type, error } = condition.check();
    if (!valid) return fail(firstLine(error));
    return type === "bool"
      ? ok((facts: RoutingFacts) => holds(condition, facts))
      : fail(`it is a ${type}, not true or false`);
  } catch (error) {
    return fail(error instanceof ParseError ? firstLine(error) : "it cannot be read");
  }
}

function holds(condition: (context: Record<string, unknown>) => unknown, facts: RoutingFacts): boolean {
  const answer = condition(contextOf(facts));
  if (typeof answer === "boolean") return answer;
  throw new TypeError("a condition was neither true nor false");
}

/** What is null is left out: a condition that asks for it errs. */
function contextOf({ tenant, classes, subjects, nowMs, service }: RoutingFacts): Record<string, unknown> {
  const { homeAvailable, homeLatencyMs, homeErrorShare, latencyMs, errorShare } = service;
  const day = Math.floor(nowMs / dayMs);
  return {
    tenant,
    classes: [...classes],
    subjects: [...subjects],
    // UTC. 1970-01-01 was a Thursday; Monday is 1 (ISO 8601).
    hour: BigInt(Math.floor(nowMs / 3_600_000) - day * 24),
    weekday: BigInt(((((day + 3) % 7) + 7) % 7) + 1),
    homeAvailable: BigInt(homeAvailable),
    ...(homeLatencyMs === null ? {} : { homeLatencyMs }),
    ...(homeErrorShare === null ? {} : { homeErrorShare }),
    latencyMs: new Map(latencyMs),
    errorShare: new Map(errorShare),
  };
}

const macros: ReadonlySet<string> = new Set(["exists", "all"]);
const methods: ReadonlySet<string> = new Set(["startsWith", "endsWith", "contains", "size"]);

/** The first thing in the tree that is not let in. */
function faultIn(node: ASTNode, isInMacro: boolean): string | null {
  switch (node.op) {
    case "value":
    case "id":
      return null;
    case "!_":
    case "-_":
      return faultIn(node.args, isInMacro);
    case "list":
      return firstFault(node.args, isInMacro);
    case "?:":
    case "||":
    case "&&":
    case "[]":
    case "in":
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return firstFault(node.args, isInMacro);
    case "call": {
      const [name, args] = node.args;
      return name === "size" ? firstFault(args, isInMacro) : `\`${name}()\` is not let in`;
    }
    case "rcall":
      return faultInMethod(node.args, isInMacro);
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case ".":
    case ".?":
    case "[?]":
    case "map":
    default:
      return `\`${node.op}\` is not let in`;
  }
}

function faultInMethod(
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  isInMacro: boolean,
): string | null {
  const isMacro = macros.has(name);
  if (!isMacro && !methods.has(name)) return `\`.${name}()\` is not let in`;
  if (isMacro && isInMacro) return `\`.${name}()\` inside another \`exists\` or \`all\` is not let in`;
  return firstFault([receiver, ...args], isInMacro || isMacro);
}

function firstFault(nodes: readonly ASTNode[], isInMacro: boolean): string | null {
  for (const node of nodes) {
    const fault = faultIn(node, isInMacro);
    if (fault !== null) return fault;
  }
  return null;
}

function firstLine(error: { readonly message: string } | undefined): string {
  return error?.message.split("\n", 1)[0]?.toLowerCase() ?? "it cannot be read";
}
