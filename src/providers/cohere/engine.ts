import { isObject } from "../../base/index.ts";
import { readCallId } from "../call-id.ts";
import { openHttpConnection } from "../http/connection.ts";
import { type EndpointAddress, type Engine, noEvidence } from "../provider.ts";
import { servesOf } from "../serves.ts";

/** Cohere's own API, version 2 (docs.cohere.com/reference). Its door for OpenAI's dialect is not used: decision 0064. */
export const cohere: Engine = {
  name: "cohere",
  speaks: ["cohere_chat", "cohere_embed", "rerank"],
  paths: { cohere_chat: "/v2/chat", cohere_embed: "/v2/embed", rerank: "/v2/rerank" },
  open: (address, maxConnections) =>
    openHttpConnection(address, servesOf(address, cohere), {
      maxConnections,
      probePaths: ["/v1/models", "/health"],
    }),
  // No answer names a place: a deployment of one's own is where its URL is, and Cohere's own host leaves it open.
  evidence: (address, _headers, body) => ({
    ...noEvidence,
    ...(!isAnywhere(address) && { evidenceClass: "E1", source: "selection" }),
    callId: idIn(body),
  }),
};

const ownHosts: readonly string[] = ["api.cohere.com", "api.cohere.ai"];

function isAnywhere({ url, region }: EndpointAddress): boolean {
  return region === "global" || (url !== null && ownHosts.includes(new URL(url).hostname));
}

/** An answer names its call in its body. */
function idIn(body: unknown): string | null {
  const id = isObject(body) ? body["id"] : null;
  return typeof id === "string" ? readCallId({ id }, ["id"]) : null;
}
