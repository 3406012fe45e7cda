import { calledWith } from "../called-with.ts";
import { readCallId } from "../call-id.ts";
import { openHttpConnection } from "../http/connection.ts";
import {
  type AnswerHeaders,
  type EndpointAddress,
  type Engine,
  type Evidence,
  noEvidence,
} from "../provider.ts";
import { servesOf } from "../serves.ts";
import { placeOfRegion } from "./regions.ts";

/**
 * Azure OpenAI at a resource's own URL (learn.microsoft.com/azure/ai-foundry/openai/reference). The engine's name of a model
 * is the name of its deployment.
 */
export const azureOpenAi: Engine = {
  name: "azure-openai",
  // Responses want a version of the API that is no default: an endpoint that has them says so by its `serves` and `query`.
  speaks: ["chat_completions", "completions", "embeddings"],
  paths: {
    chat_completions: "/openai/deployments/{model}/chat/completions",
    completions: "/openai/deployments/{model}/completions",
    embeddings: "/openai/deployments/{model}/embeddings",
    responses: "/openai/responses",
  },
  open: (address, maxConnections) => {
    const headers = address.apiKey === null ? {} : { "api-key": address.apiKey };
    return openHttpConnection(
      calledWith(address, { headers, query: { "api-version": apiVersion } }),
      servesOf(address, azureOpenAi),
      { maxConnections, probePaths: ["/openai/models", "/openai/deployments"] },
    );
  },
  evidence: (address, headers) => ({
    ...evidenceIn(address, headers),
    callId: readCallId(headers, ["apim-request-id", "x-request-id"]),
  }),
};

/** The newest that is no preview. */
const apiVersion = "2024-10-21";

const selection: Evidence = { ...noEvidence, evidenceClass: "E1", source: "selection" };

/**
 * A deployment of kind `standard` computes where its resource lies, and the header names a region. On the wider kinds nobody
 * says whether that is where it computed or where the resource lies, so it is none there.
 */
function evidenceIn({ region }: EndpointAddress, headers: AnswerHeaders): Evidence {
  const kind = region?.split("/").at(-1) ?? null;
  if (kind === "global") return noEvidence;
  const stated = kind === "standard" ? headers["x-ms-region"] : undefined;
  const place = placeOfRegion(stated ?? "");
  return place === null
    ? selection
    : { ...noEvidence, evidenceClass: "E2", places: [place], source: "x-ms-region" };
}
