import { concatBytes } from "../../base/index.ts";
import { readCallId } from "../call-id.ts";
import { openHttpConnection } from "../http/connection.ts";
import { type EndpointAddress, type Engine, type EngineConnection, noEvidence } from "../provider.ts";
import { servesOf } from "../serves.ts";
import { withStoreSaid } from "./store.ts";

/** OpenAI's own API (developers.openai.com/api/reference). */
export const openAi: Engine = {
  name: "openai",
  // Moderations, images and audio are asked of an endpoint that says so: their models are not those of chats.
  speaks: ["chat_completions", "completions", "embeddings", "responses"],
  open,
  evidence: (address, headers) => ({
    ...noEvidence,
    ...(!isAnywhere(address) && { evidenceClass: "E1", source: "selection" }),
    callId: readCallId(headers, ["x-request-id"]),
  }),
};

function open(address: EndpointAddress, maxConnections: number): EngineConnection {
  const connection = openHttpConnection(address, servesOf(address, openAi), {
    maxConnections,
    probePaths: ["/v1/models", "/health"],
  });
  return {
    ...connection,
    call: (call, receiver) =>
      connection.call(
        call.operation === "chat_completions"
          ? { ...call, body: withStoreSaid(concatBytes(call.body)) }
          : call,
        receiver,
      ),
  };
}

/** No answer names a place: the host does, or leaves it open. */
function isAnywhere({ url, region }: EndpointAddress): boolean {
  return region === "global" || (url !== null && new URL(url).hostname === "api.openai.com");
}
