import type { EngineName } from "../law/index.ts";
import { anthropic } from "./anthropic/engine.ts";
import { azureOpenAi } from "./azure-openai/engine.ts";
import { bedrock } from "./bedrock/engine.ts";
import { cohere } from "./cohere/engine.ts";
import { gemini } from "./gemini/engine.ts";
import { llamacpp } from "./llamacpp/engine.ts";
import { openAi } from "./openai/engine.ts";
import { openAiCompatible } from "./openai-compatible/engine.ts";
import type { EndpointAddress, Engine } from "./provider.ts";
import { sim } from "./sim/engine.ts";
import { vertex } from "./vertex/engine.ts";

/** How each kind of engine is called. The law room lists the kinds, and the compiler wants every one of them here. */
const implementations: Readonly<Record<EngineName, Engine>> = {
  "openai-compatible": openAiCompatible,
  sim,
  llamacpp,
  anthropic,
  openai: openAi,
  "azure-openai": azureOpenAi,
  bedrock,
  gemini,
  vertex,
  cohere,
};

export const engines: readonly Engine[] = Object.values(implementations);

/** Why an endpoint cannot be called like this, in words without a secret; null where it can. */
export function addressFault(address: EndpointAddress): string | null {
  return engines.find(({ name }) => name === address.engine)?.fault?.(address) ?? null;
}
