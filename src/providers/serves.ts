// Which operations an endpoint answers, as which ones, and where.
import {
  engineOperations,
  type EngineOperationName,
  type SpokenName,
  translationFor,
} from "../wire/index.ts";
import type { EndpointAddress, Engine, Serves, Target } from "./provider.ts";

/** What it speaks is passed as it came; what it does not is translated into the first that it does, where that can be done. */
export function servesOf(address: EndpointAddress, engine: Pick<Engine, "speaks" | "paths">): Serves {
  const spoken = spokenAt(address, engine);
  const targets = engineOperations.flatMap(({ name }): [EngineOperationName, Target][] => {
    const operation = spoken.includes(name) ? name : spoken.find((other) => translationFor(name, other));
    return operation === undefined ? [] : [[name, { operation, ...pathsOf(operation, address, engine) }]];
  });
  return Object.fromEntries(targets);
}

/** One whose chats have a path of their own has others for the rest, which nobody can guess. */
function spokenAt({ calling }: EndpointAddress, { speaks }: Pick<Engine, "speaks">): readonly SpokenName[] {
  const stated = calling?.serves ?? null;
  if (stated !== null) return stated;
  return calling?.path ? speaks.filter((name) => name === "chat_completions") : speaks;
}

function pathsOf(
  operation: SpokenName,
  { calling }: EndpointAddress,
  { paths }: Pick<Engine, "paths">,
): Omit<Target, "operation"> {
  const stated = operation === "chat_completions" ? calling?.path : null;
  const path =
    stated ?? paths?.[operation] ?? engineOperations.find(({ name }) => name === operation)?.path ?? "";
  return typeof path === "string" ? { path } : { path: path.whole, streamPath: path.stream };
}
