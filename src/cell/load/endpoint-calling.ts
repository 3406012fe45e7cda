import { createPrivateKey, X509Certificate } from "node:crypto";
import { dirname, resolve } from "node:path";
import type { EndpointCalling } from "../../config/index.ts";
import type { Calling } from "../../providers/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { readText } from "./file-text.ts";
import { resolveSecret } from "./secret.ts";

/** With the secrets and certificates that it names. Throws `UnusableInputError`, which names the variable or the file. */
export function resolveCalling(owner: string, calling: EndpointCalling, policyFile: string): Calling {
  const { path, serves, healthPath, headers, query, caPath, client } = calling;
  const sources = { environment: process.env, policyFile };
  const read = (role: string, file: string): string =>
    readText(`${owner}: ${role}`, resolve(dirname(policyFile), file));
  const identities = {
    ca: caPath === null ? null : read("`ca`", caPath),
    client: client && {
      certificate: read("client certificate", client.certificatePath),
      key: read("key of the client certificate", client.keyPath),
    },
  };
  requireUsable(owner, identities);
  return {
    path,
    serves,
    healthPath,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        typeof value === "string" ? value : resolveSecret(`${owner}, header \`${name}\``, value, sources),
      ]),
    ),
    query,
    ...identities,
  };
}

/** Node passes over a `ca` that holds no certificate, and finds out about a key that is another one's with each connection. */
function requireUsable(owner: string, { ca, client }: Pick<Calling, "ca" | "client">): void {
  if (ca !== null && !holds(() => new X509Certificate(ca).raw.length > 0))
    throw new UnusableInputError([`${owner}: the file of \`ca\` holds no certificate as PEM`]);
  if (client && !holds(() => isPair(client)))
    throw new UnusableInputError([
      `${owner}: \`client-certificate\` is no certificate with its private key, both as PEM`,
    ]);
}

function isPair({ certificate, key }: NonNullable<Calling["client"]>): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

/** Node's readers throw for what they cannot read. */
function holds(claim: () => boolean): boolean {
  try {
    return claim();
  } catch {
    return false;
  }
}
