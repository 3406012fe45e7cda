// Where the bytes of one endpoint's calls go.
import { isIP } from "node:net";
import type { Calling, EndpointAddress } from "../provider.ts";

export interface Origin {
  /** A name, or an address without the brackets of a URL. */
  readonly host: string;
  readonly port: number;
  /** Null: in the clear. */
  readonly tls: {
    /** Empty for an address, which is no name (RFC 6066 §3). */
    readonly serverName: string;
    readonly ca: Calling["ca"];
    readonly client: Calling["client"];
    /** A session that is resumed proves the secrets of the one before, and not the key. */
    readonly mayResume: boolean;
  } | null;
}

export function originOf(
  { calling, attestation }: EndpointAddress,
  { protocol, hostname, port }: URL,
): Origin {
  const host = hostname.replace(/^\[|\]$/g, "");
  const isSecure = protocol === "https:";
  return {
    host,
    port: port === "" ? (isSecure ? 443 : 80) : Number(port),
    tls: isSecure
      ? {
          serverName: isIP(host) === 0 ? host : "",
          ca: calling?.ca ?? null,
          client: calling?.client ?? null,
          mayResume: !attestation,
        }
      : null,
  };
}
