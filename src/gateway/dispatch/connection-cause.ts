import { attestationFaultNames } from "../../providers/index.ts";
import type { AttemptFailed } from "../../telemetry/index.ts";

/** Why nothing could be sent, by the code of Node's error or of this house; null says that there is none. */
export function causeOf(code: unknown): AttemptFailed["cause"] {
  if (typeof code !== "string") return "none";
  return causes.get(code) ?? (isCertificate(code) ? "certificate" : "network");
}

const causes: ReadonlyMap<string, AttemptFailed["cause"]> = new Map([
  ["ENOTFOUND", "name_unknown"],
  ["EAI_AGAIN", "name_unknown"],
  ["ECONNREFUSED", "refused"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["ETIMEDOUT", "connect_timeout"],
  // Of the token without which nothing was sent.
  ["token_refused", "token_refused"],
  ["token_unreachable", "token_unreachable"],
  // Of the evidence of what runs there, without which nothing was sent.
  ...attestationFaultNames.map((name) => [`attestation_${name}`, `attestation_${name}`] as const),
]);

/** OpenSSL's words for a chain that does not hold, and Node's for a name that is not in it or for what speaks no TLS. */
function isCertificate(code: string): boolean {
  return /CERT|SIGNATURE|SELF_SIGNED|^ERR_TLS_|^ERR_SSL_|^ERR_OSSL_|^EPROTO$/.test(code);
}
