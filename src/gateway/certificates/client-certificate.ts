// Owner: the connection that it came by. A caller's certificate: looked at once, when the connection was made; its dates again
// with each request. A connection does not outlive the authorities that it was made under (listen/connections.ts).
import type { TLSSocket } from "node:tls";
import { fail, type InstantMs, ok, type Result } from "../../base/index.ts";
import type { SpiffeId } from "../../config/index.ts";
import type { ClientAuthorities } from "./client-authorities.ts";
import { readSvid } from "./svid.ts";

/** The SPIFFE ID that a certificate proves, or why it proves none: a reason in which nothing of the certificate stands. */
export type Proof = Result<SpiffeId, string>;

export type ClientCertificate = (nowMs: InstantMs) => Proof;

/** Null where the caller has shown none. */
export function clientCertificateOf(
  socket: TLSSocket,
  authorities: ClientAuthorities,
): ClientCertificate | null {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return null;
  // Node's types promise an Error; it is the code of one.
  const refusal: unknown = socket.authorizationError;
  if (!socket.authorized) return refused(`does not verify: \`${String(refusal)}\``);
  const svid = readSvid(leaf);
  if (!svid.ok) return refused(svid.error);
  if (!authorities.vouchFor(leaf, svid.value.trustDomain)) {
    return refused("is of a trust domain whose authorities here do not vouch for it");
  }
  const [fromMs, untilMs] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
  return (nowMs) => {
    if (nowMs < fromMs) return fail("the client certificate is not valid yet");
    if (nowMs >= untilMs) return fail("the client certificate has expired; connect with a renewed one");
    return ok(svid.value);
  };
}

function refused(reason: string): ClientCertificate {
  const proof = fail(`the client certificate ${reason}`);
  return () => proof;
}
