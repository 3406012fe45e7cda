// Owner: the thread whose listener it is; each reload makes a new one. Who may vouch for the workloads of which trust domain.
import { X509Certificate } from "node:crypto";

/** The certificates of those who vouch for one trust domain's workloads. INVARIANT: plain data. */
export interface TrustBundle {
  readonly trustDomain: string;
  /** PEM, one or several. */
  readonly certificates: string;
}

export class ClientAuthorities {
  readonly #byDomain: ReadonlyMap<string, readonly X509Certificate[]>;

  /** Throws for PEM that is none. */
  constructor(bundles: readonly TrustBundle[]) {
    this.#byDomain = new Map(
      bundles.map(({ trustDomain, certificates }) => [trustDomain, readBundle(certificates)]),
    );
  }

  /**
   * OpenSSL has found a way from `leaf` to an authority of some trust domain. Where there are several, one of the right
   * domain's must have issued it, else those of one could vouch for workloads of another (X509-SVID.md §5): itself, since
   * Node 24.21 does not tell a server what else the caller showed (nodejs/node#65579).
   */
  vouchFor(leaf: X509Certificate, trustDomain: string): boolean {
    const own = this.#byDomain.get(trustDomain) ?? [];
    if (this.#byDomain.size === 1) return own.length > 0;
    return own.some((issuer) => leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey));
  }
}

/** Throws for PEM that is none, or holds a certificate that is no authority's. */
export function readBundle(certificates: string): readonly X509Certificate[] {
  const blocks = certificates.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const read = blocks.map((block) => new X509Certificate(block));
  if (read.length === 0 || !read.every(({ ca }) => ca)) throw new TypeError("no certificates of authorities");
  return read;
}
