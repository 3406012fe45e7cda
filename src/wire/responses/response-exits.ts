// The members of a response by which a request would leave the place that it was permitted for. All others are the
// engine's and pass.
import { isObject } from "../../base/index.ts";
import { valuesNamed } from "../exits.ts";
import { isNamed } from "../member-name.ts";
import { isRemote, namesStoredFile, steeringExits, whenPresent } from "../openai/steering-exits.ts";
import type { ExitRule, FoundExit } from "../operation.ts";

/** No rule: `metadata`, which is kept with a stored response only, so that `store` stands for it; `encrypted_content`, which its sender holds. */
export const responseExits: readonly ExitRule[] = [
  ...steeringExits,
  // What was kept of an earlier response, wherever that was (developers.openai.com/api/docs/guides/conversation-state).
  whenPresent("previous_response_id", "moves"),
  whenPresent("conversation", "keeps"),
  // The answer is kept until it is fetched.
  whenPresent("background", "keeps"),
  // A prompt that is kept at the provider, with its version.
  whenPresent("prompt", "moves"),
  { member: "tools", does: "moves", find: findHostedTool },
  { member: "input", does: "moves", find: (items) => remoteItems(items, "") },
  // A text; some engine may take items there too, as in the object that a response is.
  { member: "instructions", does: "moves", find: (items) => remoteItems(items, "") },
];

/** Tools that the caller runs itself. A provider runs all others: searches, code, pictures, tools of an MCP server. */
const callersTools: readonly unknown[] = [
  "function",
  "custom",
  "local_shell",
  "apply_patch",
  "computer",
  "computer_use_preview",
];

function findHostedTool(tools: unknown): readonly FoundExit[] {
  if (tools === null) return [];
  if (!Array.isArray(tools)) return [{ path: "", name: "tools" }];
  const index = tools.findIndex((tool: unknown) => {
    const types = valuesNamed(tool, "type");
    return types.length === 0 || !types.every((type) => callersTools.includes(type));
  });
  return index === -1 ? [] : [{ path: `[${index}].type`, name: "tools" }];
}

/** The members that hold media, or where they are, by the name by which a policy allows them. */
const media: ReadonlyMap<string, string> = new Map([
  ["image_url", "image_url"],
  ["file_url", "file"],
  ["file_data", "file"],
  ["audio_url", "audio_url"],
  ["video_url", "video_url"],
]);

/**
 * Wherever they stand: results of tools hold parts, too.
 * INVARIANT: no deeper than a body may be, and `path` holds names that are known here.
 */
export function* remoteItems(value: unknown, path: string): Generator<FoundExit, void> {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* remoteItems(each, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  // What was kept of an earlier response.
  if (valuesNamed(value, "type").includes("item_reference"))
    yield { path: `${path}.type`, name: "item_reference" };
  if (namesStoredFile(value)) yield { path: `${path}.file_id`, name: "file" };
  for (const [key, inner] of Object.entries(value)) {
    for (const member of ["content", "output"])
      if (isNamed(key, member)) yield* remoteItems(inner, `${path}.${member}`);
    for (const [member, name] of media)
      if (isNamed(key, member) && [inner, ...valuesNamed(inner, "url")].some(isRemote))
        yield { path: `${path}.${member}`, name };
  }
}
