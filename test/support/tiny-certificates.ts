// Certificates (X.509, RFC 5280) of a small authority, made for one test: real ones expire, and have a key that is somebody's.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface TinyCertificate {
  /** PEM, as files hold it. */
  readonly certificate: string;
  readonly key: string;
}

export interface TinyAuthority extends TinyCertificate {
  /** For a server at an IPv4 address, or a client, which has none. */
  issue(address?: string): TinyCertificate;
  /** For a workload; by default as X509-SVID.md wants it. */
  issueFor(workload: Workload): TinyCertificate;
  /** One below this one. */
  authority(name: string): TinyAuthority;
}

export interface Workload {
  readonly uris: readonly string[];
  /** The bits of its key usage; null for none. */
  readonly keyUsage?: number | null;
  readonly isAuthority?: boolean;
  /** UTCTime, such as `200101000000Z`. */
  readonly until?: string;
}

export function tinyAuthority(name: string): TinyAuthority {
  return authorityOf(name, null);
}

function authorityOf(
  name: string,
  above: { readonly name: string; readonly key: KeyObject } | null,
): TinyAuthority {
  const { privateKey, publicKey } = newPair();
  const own = certificateOf(publicKey, {
    subject: name,
    issuer: above?.name ?? name,
    signer: above?.key ?? privateKey,
    extensions: [authority],
  });
  const issue = (subject: string, extensions: readonly Buffer[], until?: string): TinyCertificate => {
    const pair = newPair();
    const signed = {
      subject,
      issuer: name,
      signer: privateKey,
      extensions,
      ...(until !== undefined && { until }),
    };
    return { certificate: certificateOf(pair.publicKey, signed), key: pemOf(pair.privateKey) };
  };
  return {
    certificate: own,
    key: pemOf(privateKey),
    issue: (address) =>
      issue(
        address ?? "client",
        address === undefined ? [] : [extensionOf("551d11", seq(tlv(0x87, ipOf(address))))],
      ),
    issueFor: ({ uris, keyUsage = 0x80, isAuthority = false, until }) =>
      issue(
        "workload",
        [
          ...(isAuthority ? [authority] : []),
          ...(keyUsage === null ? [] : [extensionOf("551d0f", tlv(0x03, Buffer.of(0, keyUsage)))]),
          ...(uris.length === 0
            ? []
            : [extensionOf("551d11", seq(...uris.map((uri) => tlv(0x86, Buffer.from(uri)))))]),
        ],
        until,
      ),
    authority: (below) => authorityOf(below, { name, key: privateKey }),
  };
}

function newPair() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

interface Signed {
  readonly subject: string;
  readonly issuer: string;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly until?: string;
  /** By default ECDSA with SHA-256. */
  readonly algorithm?: SignatureAlgorithm;
}

export interface SignatureAlgorithm {
  /** AlgorithmIdentifier. */
  readonly identifier: Buffer;
  sign(signed: Buffer, signer: KeyObject): Buffer;
}

export function certificateOf(
  key: KeyObject,
  { subject, issuer, signer, extensions, until = "491231235959Z", algorithm = ecdsaWithSha256 }: Signed,
): string {
  const signed = seq(
    tlv(0xa0, integer(2)),
    integer(1),
    algorithm.identifier,
    nameOf(issuer),
    seq(tlv(0x17, Buffer.from("200101000000Z")), tlv(0x17, Buffer.from(until))),
    nameOf(subject),
    key.export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [tlv(0xa3, seq(...extensions))] : []),
  );
  const signature = tlv(0x03, Buffer.of(0), algorithm.sign(signed, signer));
  const lines =
    seq(signed, algorithm.identifier, signature)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** DER: a tag, a length, and what is inside. */
export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const inside = Buffer.concat(parts);
  const { length } = inside;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), inside]);
}

export function seq(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

/** From 0 to 255. */
export function integer(value: number): Buffer {
  return tlv(0x02, value < 0x80 ? Buffer.of(value) : Buffer.of(0, value));
}

export function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, "hex"));
}

function nameOf(text: string): Buffer {
  return seq(tlv(0x31, seq(oid("550403"), tlv(0x0c, Buffer.from(text)))));
}

export function extensionOf(id: string, value: Buffer): Buffer {
  return seq(oid(id), tlv(0x01, Buffer.of(0xff)), tlv(0x04, value));
}

function ipOf(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

const ecdsaWithSha256: SignatureAlgorithm = {
  identifier: seq(oid("2a8648ce3d040302")),
  sign: (signed, signer) => sign("sha256", signed, signer),
};
export const authority: Buffer = extensionOf("551d13", seq(tlv(0x01, Buffer.of(0xff))));
