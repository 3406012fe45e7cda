import { calledWith } from "../called-with.ts";
import { openHttpConnection } from "../http/connection.ts";
import { type Engine, noEvidence } from "../provider.ts";
import { servesOf } from "../serves.ts";
import { responseIdIn } from "./response-id.ts";

/** The Gemini Developer API (ai.google.dev/api/generate-content). Its door for OpenAI's dialect is not used. */
export const gemini: Engine = {
  name: "gemini",
  speaks: ["generate_content", "embed_contents"],
  paths: {
    generate_content: {
      whole: "/v1beta/models/{model}:generateContent",
      // Without it a stream is a list in JSON.
      stream: "/v1beta/models/{model}:streamGenerateContent?alt=sse",
    },
    embed_contents: "/v1beta/models/{model}:batchEmbedContents",
  },
  open: (address, maxConnections) => {
    const headers = address.apiKey === null ? {} : { "x-goog-api-key": address.apiKey };
    return openHttpConnection(calledWith(address, { headers }), servesOf(address, gemini), {
      maxConnections,
      probePaths: ["/v1beta/models", "/v1/models"],
    });
  },
  // It has no regions, and no answer names a place.
  evidence: (_address, _headers, body) => ({ ...noEvidence, callId: responseIdIn(body) }),
};
