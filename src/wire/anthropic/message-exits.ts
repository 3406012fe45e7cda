// The members of a message by which a request would leave the place that it was permitted for. All others are the
// engine's and pass.
import { isObject } from "../../base/index.ts";
import { valuesNamed } from "../exits.ts";
import { isNamed } from "../member-name.ts";
import { isRemote, namesStoredFile, steeringExits, whenPresent } from "../openai/steering-exits.ts";
import type { ExitRule, FoundExit } from "../operation.ts";

/**
 * No rules: `cache_control`, whose lifetimes of minutes lie where the request was answered; `metadata`, which is kept no
 * longer than the request itself; `anthropic-beta`, a header, since what it turns on stands in members.
 */
export const messageExits: readonly ExitRule[] = [
  ...steeringExits,
  // Servers of tools that the provider calls (platform.claude.com/docs/en/agents-and-tools/mcp-connector).
  whenPresent("mcp_servers", "moves"),
  // A machine that is kept between requests, with the files on it.
  whenPresent("container", "keeps"),
  // "standard_only" asks for nothing; any other value lets the provider choose among its capacities.
  { member: "service_tier", does: "chooses", find: findTier },
  { member: "tools", does: "moves", find: findServerTool },
  { member: "messages", does: "moves", find: (messages) => remoteSources(messages, "") },
];

function findTier(value: unknown): readonly FoundExit[] {
  return value === null || value === "standard_only" ? [] : [{ path: "", name: "service_tier" }];
}

/** Tools that the caller runs itself. A provider runs all others: web search, web fetch, code, tools of an MCP server. */
const callersTools = /^(custom|(bash|text_editor|computer|memory)_\d{8})$/;

function findServerTool(tools: unknown): readonly FoundExit[] {
  if (tools === null) return [];
  if (!Array.isArray(tools)) return foundTool("");
  for (const [index, tool] of tools.entries()) {
    if (!isObject(tool)) return foundTool(`[${index}]`);
    const types = valuesNamed(tool, "type");
    if (types.some((type) => typeof type !== "string" || !callersTools.test(type)))
      return foundTool(`[${index}].type`);
  }
  return [];
}

function foundTool(path: string): readonly FoundExit[] {
  return [{ path, name: "tools" }];
}

/** By the type of the block that holds the source: as what a policy allows it. */
const names: Readonly<Record<string, string>> = { image: "image_url", document: "document_url" };

/**
 * Wherever they stand: results of tools hold blocks, and so do documents.
 * INVARIANT: no deeper than a body may be, and `path` holds names that are known here.
 */
function* remoteSources(value: unknown, path: string): Generator<FoundExit, void> {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* remoteSources(each, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  // Of a source, or of a block that puts a file into a container.
  if (namesStoredFile(value)) yield { path: `${path}.file_id`, name: "file" };
  for (const [key, inner] of Object.entries(value)) {
    if (isNamed(key, "content")) yield* remoteSources(inner, `${path}.content`);
    if (isNamed(key, "source")) yield* remoteSource(value, inner, `${path}.source`);
  }
}

function* remoteSource(block: object, source: unknown, path: string): Generator<FoundExit, void> {
  const name = names[String(valuesNamed(block, "type")[0])] ?? "file";
  const types = valuesNamed(source, "type");
  // The data of a text is the text.
  const isText = types.length === 1 && types[0] === "text";
  for (const member of isText ? ["url"] : ["url", "data"])
    if (valuesNamed(source, member).some(isRemote)) yield { path: `${path}.${member}`, name };
  yield* remoteSources(source, path);
}
