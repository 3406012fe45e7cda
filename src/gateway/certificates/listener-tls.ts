// What a listener shows to its callers over TLS, and whose certificates it takes from them.
import { createSecureContext, type TlsOptions } from "node:tls";
import { constants } from "node:crypto";
import { readBundle, type TrustBundle } from "./client-authorities.ts";

/** INVARIANT: plain data, so that it travels in a message. */
export interface ListenerTls {
  /** PEM, the cell's own first. */
  readonly certificate: string;
  readonly key: string;
  /** Empty: nobody is asked for a certificate. */
  readonly clients: readonly TrustBundle[];
}

/** What Node makes of it. A cell does not speak what RFC 8996 has ended. */
export function secureOptionsOf({ certificate, key, clients }: ListenerTls): TlsOptions {
  const isAsking = clients.length > 0;
  return {
    cert: certificate,
    key,
    minVersion: "TLSv1.2",
    ...(isAsking && { ca: clients.map(({ certificates }) => certificates) }),
    // A session that is resumed keeps what was found when it began, and an authority may be gone since.
    ...(isAsking && { secureOptions: constants.SSL_OP_NO_TICKET }),
  };
}

/** What is wrong with it; null: nothing. */
export type TlsFault =
  | { readonly part: "certificate" }
  | { readonly part: "clients"; readonly trustDomain: string };

export function faultOf(tls: ListenerTls): TlsFault | null {
  const broken = tls.clients.find(({ certificates }) => !isTaken(() => readBundle(certificates)));
  if (broken) return { part: "clients", trustDomain: broken.trustDomain };
  return isTaken(() => createSecureContext(secureOptionsOf(tls))) ? null : { part: "certificate" };
}

/** Node's readers throw for what they cannot read. */
function isTaken(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
