import { X509Certificate } from "node:crypto";
import { dirname, resolve } from "node:path";
import type { Policy } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { KeySetSource } from "../../gateway/index.ts";
import { readText } from "./file-text.ts";

/** Where identity providers publish their keys, with whom to believe about it. Throws `UnusableInputError`, which names the file. */
export function keySetSources({ tenants }: Policy, policyFile: string): readonly KeySetSource[] {
  return Array.from(tenants.values()).flatMap(({ id: tenant, tokens }) => {
    if (!tokens?.keySet) return [];
    const { id, url, caPath, maxAgeMs } = tokens.keySet;
    const file = caPath && resolve(dirname(policyFile), caPath);
    const owner = `tenant \`${tenant}\`: \`jwks-ca\``;
    const authorities = file && readText(owner, file);
    if (authorities !== null) requireCertificates(owner, file ?? "", authorities);
    return [{ id, url, authorities, maxAgeMs }];
  });
}

function requireCertificates(owner: string, file: string, text: string): void {
  if (!isCertificate(text))
    throw new UnusableInputError([`${owner}: \`${file}\` holds no certificate as PEM`]);
}

/** Node's reader throws for what it cannot read; undici would pass over it. */
function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}
