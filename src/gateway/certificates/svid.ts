// What a client certificate says of its holder, by the rules for X.509 SVIDs (X509-SVID.md §2 to §5). Whether it may be
// believed is OpenSSL's to say, and the authorities'.
import type { X509Certificate } from "node:crypto";
import {
  certificateExtensions,
  contentOf,
  decodeUtf8,
  elementsIn,
  fail,
  type Result,
} from "../../base/index.ts";
import { parseSpiffeId, type SpiffeId } from "../../config/index.ts";

/** The reason for a refusal quotes nothing of the certificate. */
export function readSvid(certificate: X509Certificate): Result<SpiffeId, string> {
  const extensions = certificateExtensions(certificate.raw);
  if (extensions === null) return fail("cannot be read");
  if (certificate.ca || !isForSigning(extensions.get(keyUsage))) {
    return fail("is an authority's, or its key usage is not that of a workload");
  }
  const uris = urisIn(extensions.get(subjectAlternativeName));
  const [uri] = uris;
  if (uri === undefined || uris.length > 1)
    return fail(`has ${uris.length} URIs, and a SPIFFE ID is the only one`);
  const id = parseSpiffeId(uri);
  return id.ok ? id : fail(`has a URI that is no SPIFFE ID of a workload: ${id.error}`);
}

/** RFC 5280 §4.2.1, as the bytes of an object identifier. */
const [keyUsage, subjectAlternativeName] = ["551d0f", "551d11"];
const [bitString, uriName] = [0x03, 0x86];

/** `digitalSignature`, and neither `keyCertSign` nor `cRLSign` (RFC 5280 §4.2.1.3; X509-SVID.md §4.3, §5.2). */
function isForSigning(extension: Uint8Array | undefined): boolean {
  const [usage] = elementsIn(extension ?? new Uint8Array()) ?? [];
  if (usage?.tag !== bitString) return false;
  // The first byte counts the bits at the end that are none.
  const flags = usage.content[1] ?? 0;
  return (flags & 0x80) !== 0 && (flags & 0x06) === 0;
}

/** GeneralNames (RFC 5280 §4.2.1.6). What is no UTF-8 is no SPIFFE ID either. */
function urisIn(extension: Uint8Array | undefined): readonly string[] {
  const [names] = elementsIn(extension ?? new Uint8Array()) ?? [];
  return contentOf(names)
    .filter(({ tag }) => tag === uriName)
    .map(({ content }) => decodeUtf8(content) ?? "");
}
