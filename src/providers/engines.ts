import { llamacpp } from "./llamacpp/engine.ts";
import { openAiCompatible } from "./openai-compatible/engine.ts";
import type { Engine } from "./provider.ts";
import { sim } from "./sim/engine.ts";

/** Every kind of upstream that Bailiwick can call. Adding one is one folder and one row. */
export const engines: readonly Engine[] = [openAiCompatible, llamacpp, sim];
