// Tools that the caller runs, and which of them the model may or must call.
import { type Members, objectAt, requireKnown, UntranslatableError } from "../untranslatable.ts";

export function chatTool(tool: unknown, index: number): object {
  const path = `tools[${index}]`;
  const members = objectAt(tool, path);
  const { type = "custom", name, description, input_schema: parameters, strict } = members;
  // Anthropic's own tools have a form that only its models know.
  if (type !== "custom") throw new UntranslatableError(`${path}.type`);
  requireKnown(members, ["type", "name", "description", "input_schema", "strict", "cache_control"], path);
  return {
    type: "function",
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(parameters === undefined ? {} : { parameters }),
      ...(strict === undefined ? {} : { strict }),
    },
  };
}

const choices: ReadonlyMap<unknown, string> = new Map([
  ["auto", "auto"],
  ["any", "required"],
  ["none", "none"],
]);

export function toolChoice(choice: Members): object {
  requireKnown(choice, ["type", "name", "disable_parallel_tool_use"], "tool_choice");
  const { type, name, disable_parallel_tool_use: isSingle } = choice;
  const named = { type: "function", function: { name } };
  const wanted = type === "tool" ? named : choices.get(type);
  if (wanted === undefined) throw new UntranslatableError("tool_choice.type");
  return {
    tool_choice: wanted,
    ...(isSingle === undefined ? {} : { parallel_tool_calls: isSingle !== true }),
  };
}
