// The members of a chat completion by which a request would leave the place that it was permitted for. All other
// members are the engine's and pass; a member stands here only where an engine is known to obey it.
import { valuesNamed } from "../exits.ts";
import { isObject } from "../../base/index.ts";
import { isNamed } from "../member-name.ts";
import type { ExitRule, FoundExit } from "../operation.ts";
import { isRemote, namesStoredFile, steeringExits } from "./steering-exits.ts";

export const chatExits: readonly ExitRule[] = [
  ...steeringExits,
  { member: "tools", does: "moves", find: findHostedTool },
  // An engine fetches from any address, redirects included (vllm-project/vllm#57157, sgl-project/sglang#17269).
  { member: "messages", does: "moves", find: findRemoteMedia },
];

/** Tools that the caller runs itself; a provider runs all others, each in a place of its own. */
const callersTools: readonly unknown[] = ["function", "custom"];

function findHostedTool(tools: unknown): readonly FoundExit[] {
  const path = hostedToolPath(tools);
  return path === null ? [] : [{ path, name: "tools" }];
}

function hostedToolPath(tools: unknown): string | null {
  if (tools === null) return null;
  if (!Array.isArray(tools)) return "";
  for (const [index, tool] of tools.entries()) {
    const types = valuesNamed(tool, "type");
    if (!types.every((type) => callersTools.includes(type))) return `[${index}].type`;
    // Lenient engines take a function without a type; others name a hosted tool by its member alone.
    if (types.length === 0 && !valuesNamed(tool, "function").some(isObject)) return `[${index}]`;
  }
  return null;
}

/** The members of a part of a message that hold media, with the member inside that holds its address or its bytes. */
const mediaMembers = [
  { member: "image_url", inner: "url" },
  { member: "video_url", inner: "url" },
  { member: "audio_url", inner: "url" },
  { member: "input_audio", inner: "data" },
  { member: "file", inner: "file_data" },
  // Mistral's and Alibaba's; the latter is a list of pictures too.
  { member: "document_url", inner: "url" },
  { member: "video", inner: "url" },
] as const;
type MediaMember = (typeof mediaMembers)[number];

/** A policy that allows remote images has not allowed remote files. */
export function findRemoteMedia(messages: unknown): readonly FoundExit[] {
  const found: FoundExit[] = [];
  if (!Array.isArray(messages)) return found;
  for (let index = 0; index < messages.length; index++) {
    // What the model said before, by the id under which the provider keeps its sound.
    if (valuesNamed(messages[index], "audio").some((audio) => valuesNamed(audio, "id").length > 0))
      found.push({ path: `[${index}].audio.id`, name: "item_reference" });
    for (const content of valuesNamed(messages[index], "content")) {
      for (const { path, name } of findRemoteParts(content))
        found.push({ path: `[${index}].content${path}`, name });
    }
  }
  return found;
}

/** In the parts of one message. */
export function findRemoteParts(content: unknown): readonly FoundExit[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown, index) =>
    findRemoteAddresses(part).map(({ path, name }) => ({ path: `[${index}]${path}`, name })),
  );
}

/** All kinds of them: a policy may allow one of two. vLLM takes the address without the object around it, too. */
function findRemoteAddresses(part: unknown): readonly FoundExit[] {
  if (!isObject(part)) return [];
  const own = namesStoredFile(part) ? [{ path: ".file_id", name: "file" }] : [];
  const inside = Object.entries(part).flatMap(([key, value]): readonly FoundExit[] => {
    const media = mediaMembers.find(({ member }) => isNamed(key, member));
    return media ? remoteIn(value, media) : [];
  });
  return [...own, ...inside];
}

function remoteIn(value: unknown, { member: name, inner }: MediaMember): readonly FoundExit[] {
  const stored = namesStoredFile(value) ? [{ path: `.${name}.file_id`, name: "file" }] : [];
  if ([value].flat().some(isRemote)) return [...stored, { path: `.${name}`, name }];
  const isAddress = valuesNamed(value, inner).some(isRemote);
  return isAddress ? [...stored, { path: `.${name}.${inner}`, name }] : stored;
}
