// The base URL of a foreign file. It may say more than where somebody is called: a key, what is asked, Azure's deployment.
import type { ImportedEngine } from "./foreign-gateway.ts";
import type { ForeignValue } from "./foreign-mapping.ts";

export interface Address {
  /** Without `/v1`, and without what an engine here writes behind it. */
  readonly url: ForeignValue;
  /** Azure's, where it names one. */
  readonly deployment: string | null;
  /** Azure's `api-version`, where it names one. */
  readonly version: ForeignValue | null;
  /** It had a user, or a query that this version knows nothing of: either may be a key, so neither is kept. */
  readonly heldMore: boolean;
}

/** Null for what is no URL, of which nobody can say what in it is a key. */
export function addressIn(written: ForeignValue, engine: ImportedEngine): Address | null {
  // The variable's name is all there is.
  if (written.variable !== null) return { url: written, deployment: null, version: null, heldMore: false };
  if (!URL.canParse(written.text)) return null;
  const { protocol, host, pathname, username, password, searchParams, hash } = new URL(written.text);
  if (protocol !== "https:" && protocol !== "http:") return null;
  const version = engine === "azure-openai" ? searchParams.get("api-version") : null;
  if (version !== null) searchParams.delete("api-version");
  const [, deployment = null] = /\/openai\/deployments\/([^/]+)/.exec(pathname) ?? [];
  return {
    url: { ...written, text: `${protocol}//${host}${basePath(pathname, engine)}` },
    deployment,
    version: version === null ? null : { text: version, variable: null },
    heldMore: username + password + hash !== "" || searchParams.size > 0,
  };
}

/** Paths that engines here write themselves, of Azure's all that it has. */
const operation = /\/(?:chat\/completions|completions|embeddings|responses|messages)$/;

function basePath(pathname: string, engine: ImportedEngine): string {
  const path = pathname.replace(/\/+$/, "");
  if (engine === "azure-openai") return path.replace(/\/openai(?:\/.*)?$/, "");
  return path.replace(operation, "").replace(/\/v1$/, "");
}
