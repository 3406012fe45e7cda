// Tools that the caller runs, and which of them the model may or must call.
import { type Members, objectAt, requireKnown, textAt, UntranslatableError } from "../untranslatable.ts";

export function messageTool(tool: unknown, index: number): object {
  const path = `tools[${index}]`;
  const { type = "function", ...others } = objectAt(tool, path);
  if (type !== "function") throw new UntranslatableError(`${path}.type`);
  requireKnown(others, ["function"], path);
  const called = objectAt(others["function"], `${path}.function`);
  requireKnown(called, ["name", "description", "parameters", "strict"], `${path}.function`);
  const { name, description, parameters: schema = { type: "object", properties: {} }, strict } = called;
  return {
    name: textAt(name, `${path}.function.name`),
    ...(description === undefined ? {} : { description }),
    input_schema: schema,
    ...(strict === undefined ? {} : { strict }),
  };
}

const choices: ReadonlyMap<unknown, string> = new Map([
  ["auto", "auto"],
  ["required", "any"],
  ["none", "none"],
]);

/** One call at a time is said with the choice. */
export function toolChoice({ tool_choice: choice, parallel_tool_calls: isParallel }: Members): object {
  const isSingle = isParallel === false;
  if (choice === undefined && !isSingle) return {};
  const wanted = choiceOf(choice ?? "auto");
  const single = isSingle && choice !== "none" ? { disable_parallel_tool_use: true } : {};
  return { tool_choice: { ...wanted, ...single } };
}

function choiceOf(choice: unknown): object {
  const type = choices.get(choice);
  if (type !== undefined) return { type };
  if (typeof choice === "string") throw new UntranslatableError("tool_choice");
  const members = objectAt(choice, "tool_choice");
  if (members["type"] !== "function") throw new UntranslatableError("tool_choice.type");
  requireKnown(members, ["type", "function"], "tool_choice");
  const { name, ...others } = objectAt(members["function"], "tool_choice.function");
  requireKnown(others, [], "tool_choice.function");
  return { type: "tool", name: textAt(name, "tool_choice.function.name") };
}
