// Tokens of Google's: for a service account by an assertion that its key signs (RFC 7523 §2.1), or for the machine's own
// identity by its metadata server (cloud.google.com/compute/docs/access/authenticate-workloads).
import { createPrivateKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { isObject, parseJson } from "../../base/index.ts";
import { askForToken, type TokenRequest } from "./access-token.ts";
import type { AskForToken } from "./token-source.ts";

export interface ServiceAccount {
  readonly email: string;
  readonly project: string | null;
  readonly keyId: string | null;
  readonly key: KeyObject;
}

/** INVARIANT: a key file's own `token_uri` is never called: whoever wrote it would be sent what its key signs. */
const tokenUrl = "https://oauth2.googleapis.com/token";
/** By its address, which no resolver can change. It is on the machine's own link. */
const metadataUrl = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token";
const scope = "https://www.googleapis.com/auth/cloud-platform";

/** `text`: of a key file. Null for another file, or one that wants tokens from elsewhere. */
export function readServiceAccount(text: string): ServiceAccount | null {
  const file = parseJson(text);
  if (!isObject(file) || file["type"] !== "service_account") return null;
  const { client_email: email, private_key: pem, private_key_id: keyId, project_id: project } = file;
  if ((file["token_uri"] ?? tokenUrl) !== tokenUrl) return null;
  const key = typeof pem === "string" ? readKey(pem) : null;
  if (typeof email !== "string" || key === null) return null;
  return {
    email,
    key,
    keyId: typeof keyId === "string" ? keyId : null,
    project: typeof project === "string" ? project : null,
  };
}

function readKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "rsa" ? key : null;
  } catch {
    return null;
  }
}

/** `url`: where a test plays Google. */
export function googleTokens(account: ServiceAccount | null, url: string | null): AskForToken {
  return async (signal) => {
    const request = account === null ? ofMachine : await ofAccount(account);
    return askForToken({ ...request, url: url ?? request.url }, signal);
  };
}

const ofMachine: TokenRequest = { url: metadataUrl, headers: { "metadata-flavor": "Google" }, form: null };

async function ofAccount({ email, key, keyId }: ServiceAccount): Promise<TokenRequest> {
  const assertion = await new SignJWT({ scope })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(keyId !== null && { kid: keyId }) })
    .setIssuer(email)
    .setAudience(tokenUrl)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(key);
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion };
  return { url: tokenUrl, headers: {}, form };
}
