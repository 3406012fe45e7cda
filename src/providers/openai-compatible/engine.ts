import { isObject } from "../../base/index.ts";
import { readCallId } from "../call-id.ts";
import type { Engine, Evidence } from "../provider.ts";
import { openHttpConnection } from "../http/connection.ts";
import { servesOf } from "../serves.ts";

/** OpenAI and most of its dialect's servers use the first; hosts that also speak Anthropic's, the second; Amazon, the third. */
const callIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid"];

/** Any server of the OpenAI dialect at a base URL: vLLM, SGLang, llama-server, Ollama, TGI, European hosts. */
export const openAiCompatible: Engine = {
  name: "openai-compatible",
  speaks: ["chat_completions", "completions", "embeddings"],
  // LiteLLM's proxy answers `GET /health` with a paid completion on every model; to list models costs nothing anywhere.
  open: (address, maxConnections) =>
    openHttpConnection(address, servesOf(address, openAiCompatible), {
      maxConnections,
      probePaths: ["/v1/models", "/health"],
    }),
  evidence: (_address, headers, body) => ({
    ...(isRemoteOllama(body) ? elsewhere : selection),
    callId: readCallId(headers, callIdHeaders),
  }),
};

type Shown = Omit<Evidence, "callId">;

/** The dialect says nothing of places: all that is known is which endpoint was chosen. */
const selection: Shown = { evidenceClass: "E1", places: [], source: "selection", isElsewhere: false };

const elsewhere: Shown = { evidenceClass: "E0", places: [], source: "remote_host", isElsewhere: true };

/** Ollama forwards some models to another host on its own, and says so only in these members (ollama `api/types.go`). */
function isRemoteOllama(body: unknown): boolean {
  if (!isObject(body)) return false;
  const { remote_host: host, remote_model: model } = body;
  return isNamed(host) || isNamed(model);
}

function isNamed(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
