// An authority with the shapes of AMD's, and a chip that it vouches for: nobody else can sign a report for a test. What the real
// ones look like is in the vectors (`sevSnpVectors`).
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import type { AttestationTerms, SevSnpProduct } from "../../src/law/index.ts";
import {
  authority,
  certificateOf,
  extensionOf,
  integer,
  oid,
  seq,
  type SignatureAlgorithm,
  tlv,
} from "./tiny-certificates.ts";

/** What a report says; by default what {@link TinyAmd.terms} expect. */
export interface ReportFields {
  readonly reportData?: Uint8Array;
  readonly version?: number;
  readonly measurement?: string;
  readonly debugging?: boolean;
  readonly migration?: boolean;
  readonly vmpl?: number;
  /** TCB_VERSION, in hex. */
  readonly reportedTcb?: string;
  readonly launchTcb?: string;
  readonly committedTcb?: string;
  readonly chipId?: Buffer;
  readonly signedBy?: "vcek" | "vlek";
}

export interface TinyAmd {
  readonly terms: AttestationTerms;
  /** PEM: the key's, the intermediate's, the root's. */
  readonly certificates: readonly [leaf: string, intermediate: string, root: string];
  report(fields?: ReportFields): Buffer;
  document(fields?: ReportFields): Buffer;
}

interface TinyAmdOptions {
  readonly product?: SevSnpProduct;
  /** Of the chip's key. */
  readonly kind?: "vcek" | "vlek";
  /** UTCTime: when that key's certificate ends. */
  readonly until?: string;
  /** Whether the intermediate's certificate says that it may vouch for others. */
  readonly isIntermediateAuthority?: boolean;
}

/** FMC 0, boot loader 4, TEE 1, SNP 22, microcode 213; where they stand depends on the product. */
const tcbOf = { milan: "04010000000016d5", genoa: "04010000000016d5", turin: "00040116000000d5" } as const;
export const tinyMeasurement = "ab".repeat(48);
const chipId = {
  long: Buffer.alloc(64, 0xc1),
  short: Buffer.concat([Buffer.alloc(8, 0xc1), Buffer.alloc(56)]),
};

export function tinyAmd({
  product = "milan",
  kind = "vcek",
  until,
  isIntermediateAuthority = true,
}: TinyAmdOptions = {}): TinyAmd {
  const [root, intermediate] = [newRsaPair(), newRsaPair()];
  const chip = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const name = product.charAt(0).toUpperCase() + product.slice(1);
  const [rootName, middleName] = [`ARK-${name}`, `SEV-${name}`];
  const isTurin = product === "turin";
  const signed = {
    algorithm: rsaPssWithSha384,
    extensions: [authority],
    issuer: rootName,
    signer: root.privateKey,
  };
  const certificates = [
    certificateOf(chip.publicKey, {
      ...signed,
      subject: `SEV-${kind.toUpperCase()}`,
      issuer: middleName,
      signer: intermediate.privateKey,
      extensions: [
        ...parts.map(([id, value]) => extensionOf(`${amd}03${id}`, integer(value))),
        ...(kind === "vcek"
          ? [extensionOf(`${amd}04`, isTurin ? chipId.short.subarray(0, 8) : chipId.long)]
          : []),
      ],
      ...(until !== undefined && { until }),
    }),
    certificateOf(intermediate.publicKey, {
      ...signed,
      subject: middleName,
      extensions: isIntermediateAuthority ? [authority] : [],
    }),
    certificateOf(root.publicKey, { ...signed, subject: rootName }),
  ] as const;
  const defaults = { tcb: tcbOf[product], chipId: isTurin ? chipId.short : chipId.long, kind };
  const report = (fields: ReportFields = {}): Buffer => reportOf(chip.privateKey, fields, defaults);
  return {
    terms: {
      kind: "sev-snp",
      path: "/v1/attestation/report",
      product,
      measurements: [tinyMeasurement],
      minimumTcb: { fmc: 0, bootLoader: 4, tee: 1, snp: 22, microcode: 213 },
      root: createHash("sha256").update(spkiOf(root.publicKey)).digest("hex"),
    },
    certificates,
    report,
    document: (fields) => documentOf(report(fields), certificates),
  };
}

export function documentOf(report: Buffer, certificates: readonly string[]): Buffer {
  return Buffer.from(
    JSON.stringify({ report: report.toString("base64"), certificates: certificates.join("") }),
  );
}

/** REPORT_DATA for a TLS certificate, or for its public key, and a nonce (docs/attestation.md). */
export function reportDataFor(key: string | KeyObject, nonce: Uint8Array): Buffer {
  const publicKey = typeof key === "string" ? createPublicKey(key) : key;
  return Buffer.concat([createHash("sha256").update(spkiOf(publicKey)).digest(), nonce]);
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

interface Defaults {
  readonly tcb: string;
  readonly chipId: Buffer;
  readonly kind: "vcek" | "vlek";
}

function reportOf(key: KeyObject, fields: ReportFields, { tcb, chipId: chip, kind }: Defaults): Buffer {
  const report = Buffer.alloc(1_184);
  report.writeUInt32LE(fields.version ?? 2, 0);
  const policy = 0x30000 | (fields.migration ? 1 << 18 : 0) | (fields.debugging ? 1 << 19 : 0);
  report.writeBigUInt64LE(BigInt(policy), 0x08);
  report.writeUInt32LE(fields.vmpl ?? 0, 0x30);
  report.writeUInt32LE(1, 0x34);
  report.writeUInt32LE((fields.signedBy ?? kind) === "vlek" ? 1 << 2 : 0, 0x48);
  report.set(fields.reportData ?? Buffer.alloc(64), 0x50);
  report.write(fields.measurement ?? tinyMeasurement, 0x90, "hex");
  report.write(fields.reportedTcb ?? tcb, 0x180, "hex");
  report.set(fields.chipId ?? chip, 0x1a0);
  report.write(fields.committedTcb ?? tcb, 0x1e0, "hex");
  report.write(fields.launchTcb ?? tcb, 0x1f0, "hex");
  const signature = sign("sha384", report.subarray(0, 0x2a0), { key, dsaEncoding: "ieee-p1363" });
  report.set(signature.subarray(0, 48).toReversed(), 0x2a0);
  report.set(signature.subarray(48).toReversed(), 0x2a0 + 72);
  return report;
}

function newRsaPair() {
  // AMD's have 4096 bits, which take seconds to find.
  return generateKeyPairSync("rsa", { modulusLength: 2_048 });
}

const amd = "2b060104019c7801";
const parts = [
  ["01", 4],
  ["02", 1],
  ["03", 22],
  ["08", 213],
  ["09", 0],
] as const;

/** RFC 4055 §3.1, with SHA-384 and 48 bytes of salt. */
const sha384 = seq(oid("608648016503040202"), tlv(0x05));
const rsaPssWithSha384: SignatureAlgorithm = {
  identifier: seq(
    oid("2a864886f70d01010a"),
    seq(tlv(0xa0, sha384), tlv(0xa1, seq(oid("2a864886f70d010108"), sha384)), tlv(0xa2, integer(48))),
  ),
  sign: (signed, key) =>
    sign("sha384", signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }),
};
