import type { EndpointAddress, Engine, EngineConnection } from "../provider.ts";
import { LlamacppConnection } from "./connection.ts";
import { findBackend } from "./library.ts";
import { loadTriedModel } from "./trial.ts";

/** llama.cpp inside this process, on a GGUF file. Its packages are an optional part: see optional/llamacpp. */
export const llamacpp: Engine = {
  name: "llamacpp",
  speaks: ["chat_completions"],
  open,
  // Nothing left this process, so the place is the cell's own.
  evidence: () => ({
    evidenceClass: "E1",
    places: [],
    source: "in-process",
    callId: null,
    isElsewhere: false,
  }),
};

function open({ id, modelFile }: EndpointAddress): EngineConnection {
  if (modelFile === null) throw new TypeError(`endpoint \`${id}\`: engine \`llamacpp\` needs a model file`);
  const start = findBackend();
  return new LlamacppConnection(id, () => loadTriedModel(start, modelFile));
}
