// Tools that the caller runs, and which of them the model may or must call.
import { type Members, objectAt, requireKnown, textAt, UntranslatableError } from "../untranslatable.ts";

export interface Tool {
  readonly name: string;
  readonly description: unknown;
  /** JSON Schema: the one of nothing, where a chat has none. */
  readonly schema: unknown;
  readonly strict: unknown;
}

export function readTool(tool: unknown, index: number): Tool {
  const path = `tools[${index}]`;
  const { type = "function", ...others } = objectAt(tool, path);
  if (type !== "function") throw new UntranslatableError(`${path}.type`);
  requireKnown(others, ["function"], path);
  const called = objectAt(others["function"], `${path}.function`);
  requireKnown(called, ["name", "description", "parameters", "strict"], `${path}.function`);
  const { name, description, parameters: schema = { type: "object", properties: {} }, strict } = called;
  return { name: textAt(name, `${path}.function.name`), description, schema, strict };
}

/** The one that must be called, by its name, or how free the model is. */
export type ToolChoice = "auto" | "required" | "none" | { readonly name: string };

const words = ["auto", "required", "none"] as const;

/** Null where the caller says nothing. */
export function readToolChoice({ tool_choice: choice }: Members): ToolChoice | null {
  if (choice === undefined) return null;
  if (typeof choice === "string") {
    const word = words.find((each) => each === choice);
    if (word === undefined) throw new UntranslatableError("tool_choice");
    return word;
  }
  const members = objectAt(choice, "tool_choice");
  if (members["type"] !== "function") throw new UntranslatableError("tool_choice.type");
  requireKnown(members, ["type", "function"], "tool_choice");
  const { name, ...others } = objectAt(members["function"], "tool_choice.function");
  requireKnown(others, [], "tool_choice.function");
  return { name: textAt(name, "tool_choice.function.name") };
}

/** What is said of tools where there are none says nothing, but for the wish that one be called. */
export function requireNoToolChoice(members: Members): void {
  const choice = readToolChoice(members) ?? "none";
  if (choice !== "none" && choice !== "auto")
    throw new UntranslatableError("tool_choice", "needs `tools` that may be called");
}
