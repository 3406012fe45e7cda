import type { EngineName } from "../law/index.ts";
import { anthropic } from "./anthropic/engine.ts";
import { azureOpenAi } from "./azure-openai/engine.ts";
import { bedrock } from "./bedrock/engine.ts";
import { gemini } from "./gemini/engine.ts";
import { llamacpp } from "./llamacpp/engine.ts";
import { openAiCompatible } from "./openai-compatible/engine.ts";
import type { Engine } from "./provider.ts";
import { sim } from "./sim/engine.ts";

/** How each kind of engine is called. The law room lists the kinds, and the compiler wants every one of them here. */
const implementations: Readonly<Record<EngineName, Engine>> = {
  "openai-compatible": openAiCompatible,
  sim,
  llamacpp,
  anthropic,
  "azure-openai": azureOpenAi,
  bedrock,
  gemini,
};

export const engines: readonly Engine[] = Object.values(implementations);
