import { vertexLocation, vertexProject } from "../../law/index.ts";
import type { EndpointAddress, Engine } from "../provider.ts";
import type { ServiceAccount } from "../tokens/google-tokens.ts";

/** Which project's models are called, and where. */
export interface Site {
  /** Without a path. */
  readonly url: string;
  readonly paths: NonNullable<Engine["paths"]>;
}

/**
 * The project is the one of the URL, or else of the key file. INVARIANT: the location is the region's label, which the provider's
 * data ties to the host: a path that asked one region's host for another location would compute where no permit is.
 * Null: nobody says which project, or in which location.
 */
export function siteOf({ url, region }: EndpointAddress, account: ServiceAccount | null): Site | null {
  const { origin, pathname } = new URL(url ?? "");
  const named = pathname === "/" ? account?.project : projectIn(pathname);
  if (!named || !vertexProject.test(named) || !region || !vertexLocation.test(region)) return null;
  const publishers = `/v1/projects/${named}/locations/${region}/publishers`;
  return {
    url: origin,
    paths: {
      generate_content: {
        whole: `${publishers}/google/models/{model}:generateContent`,
        stream: `${publishers}/google/models/{model}:streamGenerateContent?alt=sse`,
      },
      predict: `${publishers}/google/models/{model}:predict`,
      messages: {
        whole: `${publishers}/anthropic/models/{model}:rawPredict`,
        stream: `${publishers}/anthropic/models/{model}:streamRawPredict`,
      },
    },
  };
}

/** As it is written there; null where none is. */
export function projectIn(pathname: string): string | null {
  return /^\/v1\/projects\/([^/]+)$/.exec(pathname)?.[1] ?? null;
}
