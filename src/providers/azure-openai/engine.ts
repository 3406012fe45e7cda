import { calledWith } from "../called-with.ts";
import { readCallId } from "../call-id.ts";
import { type ConnectionOptions, openHttpConnection } from "../http/connection.ts";
import {
  type AnswerHeaders,
  type Calling,
  type EndpointAddress,
  type Engine,
  type EngineConnection,
  type Evidence,
  noEvidence,
} from "../provider.ts";
import { servesOf } from "../serves.ts";
import { entraTokens, readEntraApplication } from "../tokens/entra-tokens.ts";
import { TokenSource } from "../tokens/token-source.ts";
import { signedBy, withToken } from "../tokens/with-token.ts";
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
    audio_transcriptions: "/openai/deployments/{model}/audio/transcriptions",
    audio_translations: "/openai/deployments/{model}/audio/translations",
    audio_speech: "/openai/deployments/{model}/audio/speech",
    image_generations: "/openai/deployments/{model}/images/generations",
    image_edits: "/openai/deployments/{model}/images/edits",
    responses: "/openai/responses",
    // Of no version, and the deployment is named in the query (learn.microsoft.com/azure/foundry/openai/how-to/realtime-audio-websockets).
    realtime: "/openai/v1/realtime",
  },
  fault,
  open,
  evidence: (address, headers) => ({
    ...evidenceIn(address, headers),
    callId: readCallId(headers, ["apim-request-id", "x-request-id"]),
  }),
};

function fault({ apiKey, calling }: EndpointAddress): string | null {
  if (!isFile(apiKey)) return null;
  if (readEntraApplication(apiKey) === null)
    return "its key is JSON, and no application's of Entra: `tenantId`, `clientId`, and either `clientSecret` or the path `tokenFile`";
  // A session's handshake bears no token that renews itself.
  return calling?.serves?.includes("realtime") === true
    ? "its key is an application's of Entra, which opens no sessions: leave `realtime` out of `serves`, or give it a key of the resource"
    : null;
}

/** A key is sent as it is; an application of Entra's is known by its tokens. */
function open(address: EndpointAddress, maxConnections: number): EngineConnection {
  const { id, apiKey, tokenUrl = null } = address;
  if (!isFile(apiKey)) {
    const headers = apiKey === null ? {} : { "api-key": apiKey };
    return openCalled(address, { headers, maxConnections });
  }
  const application = readEntraApplication(apiKey);
  if (application === null) throw new TypeError(`endpoint \`${id}\`: ${azureOpenAi.fault?.(address)}`);
  const source = new TokenSource(entraTokens(application, tokenUrl));
  return withToken(source, openCalled(address, { headers: {}, maxConnections, sign: signedBy(source) }));
}

function isFile(apiKey: string | null): apiKey is string {
  return apiKey?.startsWith("{") === true;
}

function openCalled(
  address: EndpointAddress,
  { headers, ...options }: ConnectionOptions & Pick<Calling, "headers">,
): EngineConnection {
  const called = calledWith(address, { headers, query: { "api-version": apiVersion } });
  const probePaths = ["/openai/models", "/openai/deployments"] as const;
  const { "api-version": _, ...sessionQuery } = called.calling?.query ?? {};
  return openHttpConnection(called, servesOf(address, azureOpenAi), { ...options, probePaths, sessionQuery });
}

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
