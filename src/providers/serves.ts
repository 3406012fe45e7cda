// What is asked of an endpoint, as which operation, and where.
import {
  engineOperations,
  type EngineOperationName,
  type SpokenName,
  translationFor,
} from "../wire/index.ts";
import type { EndpointAddress, Engine, Serves, Target } from "./provider.ts";

/**
 * As which operation `operation` is asked for `model`: as it came where that is spoken, or else translated into the first that
 * is, where that can be done. Null where it is not asked.
 */
export function askedAs(
  operation: EngineOperationName,
  { address, engine }: { readonly address: EndpointAddress; readonly engine: Engine },
  model: string,
): SpokenName | null {
  const spoken = statedAt(address, engine) ?? engine.speaksFor?.(address, model) ?? engine.speaks;
  if (spoken.includes(operation)) return operation;
  return spoken.find((other) => translationFor(operation, other)) ?? null;
}

/** Where the endpoint answers all that it speaks. */
export function servesOf(address: EndpointAddress, engine: Pick<Engine, "speaks" | "paths">): Serves {
  const spoken = statedAt(address, engine) ?? engine.speaks;
  return Object.fromEntries(spoken.map((name) => [name, targetOf(name, address, engine)]));
}

/** One whose chats have a path of their own has others for the rest, which nobody can guess. */
function statedAt(
  { calling }: EndpointAddress,
  { speaks }: Pick<Engine, "speaks">,
): readonly SpokenName[] | null {
  if (!calling) return null;
  if (calling.serves !== null) return calling.serves;
  return calling.path === null ? null : speaks.filter((name) => name === "chat_completions");
}

function targetOf(name: SpokenName, { calling }: EndpointAddress, { paths }: Pick<Engine, "paths">): Target {
  const stated = name === "chat_completions" ? calling?.path : null;
  const path = stated ?? paths?.[name] ?? engineOperations.find((row) => row.name === name)?.path ?? "";
  return typeof path === "string" ? { path } : { path: path.whole, streamPath: path.stream };
}
