// Tokens of Microsoft Entra for an application: by its secret, or by a token of another issuer that a file holds, as workload
// identity gives one (learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
import { isAbsolute } from "node:path";
import { isObject, parseJson } from "../../base/index.ts";
import { askForToken } from "./access-token.ts";
import { readAssertion } from "./assertion-file.ts";
import type { AskForToken } from "./token-source.ts";

export interface EntraApplication {
  readonly tenant: string;
  readonly client: string;
  readonly proof: { readonly secret: string } | { readonly tokenFile: string };
}

/** INVARIANT: who gives tokens is no word of the file's, which would be shown the secret. */
const authority = "https://login.microsoftonline.com";
/** Of Azure OpenAI, whatever the resource is. */
const scope = "https://cognitiveservices.azure.com/.default";

/** `text`: of a file as `az ad sp create-for-rbac --json-auth` writes it. Null for another, or one of another authority. */
export function readEntraApplication(text: string): EntraApplication | null {
  const file = parseJson(text);
  if (!isObject(file)) return null;
  const { tenantId: tenant, clientId: client, activeDirectoryEndpointUrl: named = authority } = file;
  const proof = readProof(file["clientSecret"], file["tokenFile"]);
  if (!isName(tenant) || !isName(client) || named !== authority || proof === null) return null;
  return { tenant, client, proof };
}

function readProof(secret: unknown, tokenFile: unknown): EntraApplication["proof"] | null {
  if (typeof secret === "string" && secret !== "" && tokenFile === undefined) return { secret };
  const isPath = typeof tokenFile === "string" && isAbsolute(tokenFile);
  return isPath && secret === undefined ? { tokenFile } : null;
}

/** A GUID, or a tenant's domain: it stands in a path. */
function isName(value: unknown): value is string {
  return typeof value === "string" && /^[0-9A-Za-z][0-9A-Za-z.-]{0,252}$/.test(value);
}

/** `url`: where a test plays Entra. */
export function entraTokens({ tenant, client, proof }: EntraApplication, url: string | null): AskForToken {
  const prove =
    "secret" in proof ? async () => ({ client_secret: proof.secret }) : assertionIn(proof.tokenFile);
  return async (signal) => {
    const form = { grant_type: "client_credentials", client_id: client, scope, ...(await prove()) };
    return askForToken({ url: url ?? `${authority}/${tenant}/oauth2/v2.0/token`, headers: {}, form }, signal);
  };
}

/**
 * It ends within a day, and whoever gives it writes a new one into the same file, so it is read each time. A disk that hangs has
 * one read of it: each one holds a thread of those that the ledger's files are written by.
 */
function assertionIn(tokenFile: string): () => Promise<Readonly<Record<string, string>>> {
  let reading: Promise<string> | null = null;
  return async () => {
    reading ??= readAssertion(tokenFile).finally(() => (reading = null));
    return {
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await reading,
    };
  };
}
