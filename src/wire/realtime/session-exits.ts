// The members of a session's events by which it would leave the place that it was permitted for (developers.openai.com/api/
// reference/resources/realtime). All others are the engine's and pass.
import { isObject } from "../../base/index.ts";
import { valuesNamed } from "../exits.ts";
import { isNamed } from "../member-name.ts";
import { steeringExits, whenPresent } from "../openai/steering-exits.ts";
import type { ExitRule, FoundExit } from "../operation.ts";
import { remoteItems } from "../responses/response-exits.ts";

/** Of `session` in `session.update`, and of `response` in `response.create`. */
export const sessionExits: readonly ExitRule[] = [
  ...steeringExits,
  // A prompt that is kept at the provider, with its version.
  whenPresent("prompt", "moves"),
  // The session's course is kept at the provider, for its dashboard.
  whenPresent("tracing", "keeps"),
  { member: "tools", does: "moves", find: findHostedTool },
  // Another model than the alias stands for writes down what is said: the former of today, the latter of the beta.
  { member: "audio", does: "chooses", find: findTranscription },
  { ...whenPresent("input_audio_transcription", "chooses"), find: (value) => transcription(value, "") },
  // `none` and `auto` are this session's own; all else was kept somewhere.
  { member: "conversation", does: "keeps", find: findConversation },
  { member: "input", does: "moves", find: findInItems },
  // A text; some engine may take items there too.
  { member: "instructions", does: "moves", find: findInItems },
];

/** Of a whole `item` in `conversation.item.create`. */
export const itemExits: readonly ExitRule[] = [{ member: "item", does: "moves", find: findInItems }];

/** A provider runs all tools but functions: those of an MCP server are called from wherever it is. */
function findHostedTool(tools: unknown): readonly FoundExit[] {
  if (tools === null) return [];
  if (!Array.isArray(tools)) return [{ path: "", name: "tools" }];
  const index = tools.findIndex((tool: unknown) => {
    const types = valuesNamed(tool, "type");
    return types.length === 0 || types.some((type) => type !== "function");
  });
  return index === -1 ? [] : [{ path: `[${index}].type`, name: "tools" }];
}

function findTranscription(audio: unknown): readonly FoundExit[] {
  return valuesNamed(audio, "input").flatMap((input) =>
    valuesNamed(input, "transcription").flatMap((value) => transcription(value, ".input.transcription")),
  );
}

function transcription(value: unknown, path: string): readonly FoundExit[] {
  return value === null ? [] : [{ path, name: "transcription" }];
}

function findConversation(value: unknown): readonly FoundExit[] {
  return value === null || value === "auto" || value === "none" ? [] : [{ path: "", name: "conversation" }];
}

function* findInItems(items: unknown): Generator<FoundExit, void> {
  yield* remoteItems(items, "");
  yield* ofHostedTools(items, "");
}

/** Wherever it stands in an item. INVARIANT: no deeper than a text may be, and `path` holds names that are known here. */
function* ofHostedTools(value: unknown, path: string): Generator<FoundExit, void> {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* ofHostedTools(each, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  // `mcp_call`, `mcp_approval_response` and their like: what a hosted tool was told, or may do.
  if (valuesNamed(value, "type").some(isOfMcp)) yield { path: `${path}.type`, name: "tools" };
  for (const [key, inner] of Object.entries(value))
    for (const member of ["content", "output"])
      if (isNamed(key, member)) yield* ofHostedTools(inner, `${path}.${member}`);
}

function isOfMcp(type: unknown): boolean {
  return typeof type === "string" && /^mcp/i.test(type);
}
