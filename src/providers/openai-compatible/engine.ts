import type { Engine, Evidence } from "../provider.ts";
import { openHttpConnection } from "./connection.ts";

/** Any server of the OpenAI dialect at a base URL: vLLM, SGLang, llama-server, Ollama, TGI, European hosts. */
export const openAiCompatible: Engine = {
  name: "openai-compatible",
  open: openHttpConnection,
  evidence: (_address, _headers, body) => (isRemoteOllama(body) ? elsewhere : selection),
};

/** The dialect says nothing of places: all that is known is which endpoint was chosen. */
const selection: Evidence = { evidenceClass: "E1", places: [], source: "selection", isElsewhere: false };

const elsewhere: Evidence = { evidenceClass: "E0", places: [], source: "remote_host", isElsewhere: true };

/** Ollama forwards some models to another host on its own, and says so only in these members (ollama `api/types.go`). */
function isRemoteOllama(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { remote_host: host, remote_model: model } = body as Readonly<Record<string, unknown>>;
  return isNamed(host) || isNamed(model);
}

function isNamed(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
