// The members of a ranking by which it would leave the place that it was permitted for: pictures that the engine would
// fetch, beside what routers read anywhere.
import { isObject } from "../../base/index.ts";
import { valuesNamed } from "../exits.ts";
import { findRemoteParts } from "../openai/chat-exits.ts";
import { isRemote, steeringExits } from "../openai/steering-exits.ts";
import type { ExitRule, FoundExit } from "../operation.ts";

export const rerankExits: readonly ExitRule[] = [
  ...steeringExits,
  { member: "query", does: "moves", find: findRemote },
  { member: "documents", does: "moves", find: findRemoteDocuments },
];

/** vLLM takes them as the parts of one `content` too. */
export function documentsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const [content] = valuesNamed(value, "content");
  return Array.isArray(content) ? content : [];
}

function findRemoteDocuments(value: unknown): readonly FoundExit[] {
  if (!Array.isArray(value)) return findRemote(value);
  return value.flatMap((document: unknown, index) =>
    findRemote(document).map(({ path, name }) => ({ path: `[${index}]${path}`, name })),
  );
}

/** Of one document, or of the query: vLLM's in parts, Jina's by a picture's address (jina.ai/reranker), or a part itself. */
function findRemote(document: unknown): readonly FoundExit[] {
  if (!isObject(document)) return [];
  const inContent = valuesNamed(document, "content").flatMap((content) =>
    findRemoteParts(content).map(({ path, name }) => ({ path: `.content${path}`, name })),
  );
  const itself = findRemoteParts([document]).map(({ path, name }) => ({
    path: path.slice("[0]".length),
    name,
  }));
  const picture = valuesNamed(document, "image").some(isRemote)
    ? [{ path: ".image", name: "image_url" }]
    : [];
  return [...inContent, ...itself, ...picture];
}
