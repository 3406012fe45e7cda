import { concatBytes } from "../../base/index.ts";
import { vertexLocation } from "../../law/index.ts";
import { readCallId } from "../call-id.ts";
import { responseIdIn } from "../gemini/response-id.ts";
import { openHttpConnection } from "../http/connection.ts";
import { type EndpointAddress, type Engine, type EngineConnection, noEvidence } from "../provider.ts";
import { servesOf } from "../serves.ts";
import { googleTokens, readServiceAccount, type ServiceAccount } from "../tokens/google-tokens.ts";
import { TokenSource } from "../tokens/token-source.ts";
import { signedBy, withToken } from "../tokens/with-token.ts";
import { rawPredictBody } from "./raw-predict.ts";
import { projectIn, siteOf } from "./site.ts";

/**
 * Google's models in Google Cloud, and Anthropic's there, whose names all begin alike
 * (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference). `key` is the key file of a service account; without
 * one, the machine's own identity calls.
 */
export const vertex: Engine = {
  name: "vertex",
  speaks: ["generate_content", "predict", "messages"],
  speaksFor: (_address, model) =>
    model.startsWith("claude") ? ["messages"] : ["generate_content", "predict"],
  fault,
  open,
  // With the global host nobody knows where, says Google; no answer names a place.
  evidence: ({ region }, headers, body) => ({
    ...noEvidence,
    ...(region !== "global" && { evidenceClass: "E1", source: "selection" }),
    callId: responseIdIn(body) ?? readCallId(headers, ["request-id"]),
  }),
};

function fault(address: EndpointAddress): string | null {
  const account = accountOf(address);
  if (address.apiKey !== null && account === null)
    return "its key is no key file of a service account, as JSON, that gets its tokens from oauth2.googleapis.com";
  return siteOf(address, account) === null ? siteFault(address, account) : null;
}

/** Why its site is none. Nothing of the key file is told. */
function siteFault({ region, url }: EndpointAddress, account: ServiceAccount | null): string {
  if (!region || !vertexLocation.test(region))
    return `its region \`${region ?? ""}\` is no location of Google Cloud's`;
  const { pathname } = new URL(url ?? "");
  const written = projectIn(pathname);
  const isNone = "is no project's id: lower-case letters, digits and dashes, such as `acme-ai`";
  if (written !== null) return `\`${written}\`, the project of its URL, ${isNone}`;
  if (pathname !== "/") return `its URL has the path \`${pathname}\`, which is no \`/v1/projects/<project>\``;
  if (account?.project) return `the project of its key file ${isNone}`;
  return "no project: its URL ends in no `/v1/projects/<project>`, and no key file names one";
}

function accountOf({ apiKey }: EndpointAddress): ReturnType<typeof readServiceAccount> {
  return apiKey === null ? null : readServiceAccount(apiKey);
}

function open(address: EndpointAddress, maxConnections: number): EngineConnection {
  const account = accountOf(address);
  const site = siteOf(address, account);
  if (site === null || (address.apiKey !== null && account === null))
    throw new TypeError(`endpoint \`${address.id}\`: ${fault(address)}`);
  const source = new TokenSource(googleTokens(account, address.tokenUrl ?? null));
  const serves = servesOf(address, { speaks: vertex.speaks, paths: site.paths });
  const connection = openHttpConnection({ ...address, url: site.url, apiKey: null }, serves, {
    maxConnections,
    // It lists no models under a path of its own: whatever it answers, it is there.
    isWell: (status) => status < 500,
    sign: signedBy(source),
  });
  return withToken(source, {
    ...connection,
    call: (call, receiver) =>
      call.operation === "messages"
        ? connection.call({ ...call, body: rawPredictBody(concatBytes(call.body)) }, receiver)
        : connection.call(call, receiver),
  });
}
