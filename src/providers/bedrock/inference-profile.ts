// Over which regions Amazon spreads the calls of a model, in its own words: `GetInferenceProfile` of Bedrock's control plane
// (docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html). INVARIANT: what is sent is the name of a
// profile, under the endpoint's own credentials, to the host of the region that the endpoint is called in; nothing of a caller's
// has a part in it, and no error quotes what came.
import { decodeUtf8, fail, isObject, ok, parseJson, type RegionName, type Result } from "../../base/index.ts";
import type { EndpointAddress } from "../provider.ts";
import { readAwsCredentials, signatureHeaders } from "./signature.ts";
import { siteOf } from "./site.ts";

/** `refused`: to these credentials. `unknown`: Amazon has no such profile there. `unusable`: an answer that is none. */
export type ProfileFault = "refused" | "unknown" | "busy" | "unreachable" | "unusable";

/** How a model is called that Amazon computes wherever it likes, and so in no region that has a name. */
const anywhere = "unspecified" as RegionName;

/** For all of it, from the name's look-up to the last byte. */
const timeoutMs = 5_000;
const maxBytes = 256 * 1024;

/** The profile that a model's name is, or an ARN holds; null where it is none of Amazon's own. */
export function profileNamedBy(model: string): string | null {
  const name = model.startsWith("arn:") ? /:inference-profile\/([^/]+)$/.exec(model)?.[1] : model;
  return name !== undefined && /^[a-zA-Z0-9][a-zA-Z0-9:.-]{0,255}$/.test(name) ? name : null;
}

/** Names of regions, in order. Never rejects, and takes no longer than 5 s. No redirect is followed. */
export async function askInferenceProfile(
  address: EndpointAddress,
  profile: string,
  signal: AbortSignal,
): Promise<Result<readonly RegionName[], ProfileFault>> {
  const { Agent, errors, request } = await import("undici");
  // The endpoint's `ca` is who vouches for its own host; for Amazon's the system's authorities do.
  const agent = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: maxBytes });
  try {
    const url = new URL(`/inference-profiles/${encodeURIComponent(profile)}`, controlUrlOf(address));
    const { statusCode, body } = await request(url, {
      headers: { ...authorizationOf(address, url), accept: "application/json" },
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (statusCode !== 200) return fail(faultOf(statusCode));
    const regions = readRegions(await body.bytes(), profile);
    return regions === null ? fail("unusable") : ok(regions);
  } catch (error) {
    return fail(error instanceof errors.ResponseExceededMaxSizeError ? "unusable" : "unreachable");
  } finally {
    void agent.destroy();
  }
}

function controlUrlOf(address: EndpointAddress): string {
  return address.controlUrl ?? `https://bedrock.${siteOf(address).region}.amazonaws.com`;
}

function authorizationOf(
  address: EndpointAddress,
  { host, pathname }: URL,
): Readonly<Record<string, string>> {
  const key = address.apiKey ?? "";
  const credentials = readAwsCredentials(key);
  if (credentials === null) return { authorization: `Bearer ${key}` };
  const scope = { region: siteOf(address).region, service: "bedrock" };
  const request = { method: "GET", host, path: pathname, query: {}, body: [] };
  return signatureHeaders(request, { credentials, scope, nowMs: Date.now() });
}

function faultOf(status: number): ProfileFault {
  if (status === 401 || status === 403) return "refused";
  if (status === 400 || status === 404) return "unknown";
  if (status === 429) return "busy";
  return status === 408 || status >= 500 ? "unreachable" : "unusable";
}

/** Null for what is no list of models, or that of another profile. */
function readRegions(bytes: Uint8Array, profile: string): readonly RegionName[] | null {
  const answer = parseJson(decodeUtf8(bytes) ?? "");
  if (!isObject(answer) || answer["inferenceProfileId"] !== profile) return null;
  const { models } = answer;
  if (!Array.isArray(models) || models.length === 0) return null;
  const regions = new Set<RegionName>();
  for (const model of models as readonly unknown[]) {
    const arn = isObject(model) ? model["modelArn"] : null;
    const [, region] =
      /^arn:aws[a-z-]*:bedrock:([a-z0-9-]{0,32})::foundation-model\/./.exec(String(arn)) ?? [];
    // One that cannot be read might be anywhere: the rest is no list of all.
    if (region === undefined) return null;
    regions.add(region === "" ? anywhere : (region as RegionName));
  }
  return Array.from(regions).toSorted();
}
