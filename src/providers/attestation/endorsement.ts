// Who vouches for the key that signed a report: a VCEK, which is one chip's at one version of its firmware, or a VLEK, which is
// a cloud's, then an intermediate of AMD's, then AMD's root (AMD 57230, "Versioned Chip Endorsement Key Certificate and KDS
// Interface Specification"). INVARIANT: nothing that came is believed for being there: the root's key is the pinned one.
import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import {
  certificateExtensions,
  elementsIn,
  formatInstant,
  type InstantMs,
  ok,
  type Result,
  toHex,
} from "../../base/index.ts";
import type { SevSnpProduct, TcbVersion } from "../../law/index.ts";
import { type AttestationFault, faulty } from "./attestation-fault.ts";
import type { SnpReport } from "./snp-report.ts";
import { isSameTcb, tcbText } from "./tcb-version.ts";

export interface Endorsement {
  readonly publicKey: KeyObject;
  readonly kind: SnpReport["signedBy"];
  readonly tcb: TcbVersion;
  /** Null for a VLEK, which is no chip's. */
  readonly chipId: Uint8Array | null;
}

interface Trust {
  /** As in `AttestationTerms`. */
  readonly root: string;
  readonly product: SevSnpProduct;
  readonly nowMs: InstantMs;
}

/** `certificates`: PEM of three, in the order in which each is vouched for by the next. */
export function readEndorsement(certificates: string, trust: Trust): Result<Endorsement, AttestationFault> {
  try {
    return endorsementIn(certificates, trust);
  } catch {
    // OpenSSL's for what is no certificate, and for a key that it does not know.
    return faulty("unreadable", "one of `certificates` cannot be read");
  }
}

function endorsementIn(certificates: string, trust: Trust): Result<Endorsement, AttestationFault> {
  const texts = certificates.match(/-----BEGIN CERTIFICATE-----[^-]{1,8192}-----END CERTIFICATE-----/g) ?? [];
  const [leaf, intermediate, root] = texts.slice(0, 3).map((text) => new X509Certificate(text));
  if (!leaf || !intermediate || !root || texts.length !== 3)
    return faulty(
      "unreadable",
      "`certificates` are not three in PEM: the key's, the intermediate's, the root's",
    );
  const broken = chainFault([leaf, intermediate, root], trust);
  if (broken !== null) return faulty("chain", broken);
  const endorsement = endorsementOf(leaf, trust.product);
  return endorsement === null
    ? faulty("chain", "the first certificate is that of no key which signs reports of the product")
    : ok(endorsement);
}

type Chain = readonly [leaf: X509Certificate, intermediate: X509Certificate, root: X509Certificate];

/** What is wrong with it; null for nothing. */
function chainFault([leaf, intermediate, root]: Chain, { root: pinned, nowMs }: Trust): string | null {
  const found = publicKeyHash(root).toString("hex");
  if (found !== pinned) return `the root's key is \`${found}\`, and \`${pinned}\` is pinned`;
  const pairs = [
    [leaf, intermediate],
    [intermediate, root],
  ] as const;
  for (const [subject, issuer] of pairs) {
    // OpenSSL checks the signature by the algorithm that the certificate names: RSASSA-PSS with SHA-384 in all of AMD's.
    if (!issuer.ca || !subject.checkIssued(issuer) || !subject.verify(issuer.publicKey))
      return "a certificate is not signed by the next one";
  }
  for (const { validFromDate, validToDate } of [leaf, intermediate, root]) {
    const [fromMs, toMs] = [validFromDate.getTime(), validToDate.getTime()];
    if (!(fromMs <= nowMs && nowMs <= toMs))
      return `a certificate holds from ${formatInstant(fromMs)} to ${formatInstant(toMs)}, and not now`;
  }
  return null;
}

/** SHA-256 of the SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), as RFC 7469 §2.4 pins keys. */
export function publicKeyHash({ publicKey }: X509Certificate): Buffer {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

/** Object identifiers below AMD's, 1.3.6.1.4.1.3704.1 (57230, "VCEK Certificate Definition"). */
const amd = "2b060104019c7801";
const partIdentifiers = {
  fmc: "0309",
  bootLoader: "0301",
  tee: "0302",
  snp: "0303",
  microcode: "0308",
} as const;
const chipIdentifier = `${amd}04`;
const integer = 0x02;

/** Null where it is a certificate of anything else. */
function endorsementOf(leaf: X509Certificate, product: SevSnpProduct): Endorsement | null {
  const { publicKey, ca, subject, raw } = leaf;
  const names = subject.split("\n");
  const kind = names.includes("CN=SEV-VCEK") ? "vcek" : names.includes("CN=SEV-VLEK") ? "vlek" : null;
  const extensions = certificateExtensions(raw);
  if (kind === null || ca || extensions === null) return null;
  if (publicKey.asymmetricKeyDetails?.namedCurve !== "secp384r1") return null;
  const tcb = readTcb(extensions, product);
  const chipId = extensions.get(chipIdentifier) ?? null;
  if (tcb === null || (kind === "vcek" && !isChipId(chipId, product))) return null;
  return { publicKey, kind, tcb, chipId: kind === "vcek" ? chipId : null };
}

function readTcb(extensions: ReadonlyMap<string, Uint8Array>, product: SevSnpProduct): TcbVersion | null {
  const part = (name: keyof typeof partIdentifiers): number =>
    readSmallInteger(extensions.get(amd + partIdentifiers[name]));
  const tcb = {
    fmc: product === "turin" ? part("fmc") : 0,
    bootLoader: part("bootLoader"),
    tee: part("tee"),
    snp: part("snp"),
    microcode: part("microcode"),
  };
  return Object.values(tcb).some(Number.isNaN) ? null : tcb;
}

/** From 0 to 255; NaN for anything else. */
function readSmallInteger(extension: Uint8Array | undefined): number {
  const [element, ...others] = elementsIn(extension ?? new Uint8Array()) ?? [];
  if (element?.tag !== integer || others.length > 0) return Number.NaN;
  const [first = 0, second] = element.content;
  if (element.content.length === 1 && first < 0x80) return first;
  return element.content.length === 2 && first === 0 && second !== undefined && second >= 0x80
    ? second
    : Number.NaN;
}

/** On `turin` it has 8 bytes, with which the report's 64 begin. */
function isChipId(chipId: Uint8Array | null, product: SevSnpProduct): boolean {
  return chipId?.length === (product === "turin" ? 8 : 64);
}

/** What the report says of its chip and firmware, against the certificate of the key that signed it. */
export function endorsementFault(
  { signedBy, reportedTcb, chipId }: SnpReport,
  endorsement: Endorsement,
): string | null {
  if (signedBy !== endorsement.kind)
    return `the report says that a ${signedBy.toUpperCase()} signed it, and the certificate is a ${endorsement.kind.toUpperCase()}'s`;
  if (!isSameTcb(reportedTcb, endorsement.tcb))
    return `the report is of firmware ${tcbText(reportedTcb)}, and the key of ${tcbText(endorsement.tcb)}`;
  if (endorsement.chipId === null) return null;
  const padded = toHex(endorsement.chipId).padEnd(2 * chipId.length, "0");
  return padded === toHex(chipId) ? null : "the report is of another chip than the key, or hides which";
}
