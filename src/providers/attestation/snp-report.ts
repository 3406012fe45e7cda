// ATTESTATION_REPORT (AMD, "SEV Secure Nested Paging Firmware ABI Specification", 56860), as the firmware of the processor signs it.
import { type Result, toHex } from "../../base/index.ts";
import type { SevSnpProduct, TcbVersion } from "../../law/index.ts";
import { type AttestationFault, faulty } from "./attestation-fault.ts";
import { tcbVersionIn } from "./tcb-version.ts";

export interface SnpReport {
  /** Of its format. */
  readonly version: number;
  /** Of the guest's privilege levels, that which asked; 0 is the highest. */
  readonly vmpl: number;
  readonly policy: GuestPolicy;
  /** By which kind of key it was signed. */
  readonly signedBy: "vcek" | "vlek";
  readonly reportData: Uint8Array;
  /** SHA-384 of what the machine was launched with. */
  readonly measurement: string;
  /** The version that the signing key was derived for. */
  readonly reportedTcb: TcbVersion;
  /** The least that the machine's owner can go back to. */
  readonly committedTcb: TcbVersion;
  /** When the guest was launched. */
  readonly launchTcb: TcbVersion;
  /** 64 bytes; zeros where the owner hides it. */
  readonly chipId: Uint8Array;
  readonly signed: Uint8Array;
  /** ECDSA over P-384 and SHA-384: r, then s, 48 bytes each, the highest first. */
  readonly signature: Uint8Array;
}

/** What whoever launched it let be done to it ("Guest Policy"). */
export interface GuestPolicy {
  /** Its memory may be read by the host's owner. */
  readonly allowsDebugging: boolean;
  /** It may be handed to an agent, which moves it to another machine. */
  readonly allowsMigration: boolean;
}

export const reportBytes = 1_184;
/** From here on, and not signed. */
const signatureAt = 0x2a0;
/** Each number has 72 bytes, the lowest first, of which the curve needs 48. */
const [fieldBytes, numberBytes] = [72, 48];
const [oldestVersion, newestVersion] = [2, 5];
const ecdsaP384Sha384 = 1;

export function readSnpReport(
  bytes: Uint8Array,
  product: SevSnpProduct,
): Result<SnpReport, AttestationFault> {
  if (bytes.length !== reportBytes)
    return faulty("unreadable", `the report has ${bytes.length} bytes, and not ${reportBytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint32(0, true);
  if (version < oldestVersion || version > newestVersion)
    return faulty(
      "unreadable",
      `the report is of version ${version}, and not ${oldestVersion} to ${newestVersion}`,
    );
  const signedBy = signingKeys.get((view.getUint32(0x48, true) >> 2) & 0b111);
  const signature = readSignature(bytes);
  if (view.getUint32(0x34, true) !== ecdsaP384Sha384 || signedBy === undefined || signature === null)
    return faulty("unreadable", "the report is signed by no key of the chip or its owner");
  return {
    ok: true,
    value: {
      version,
      vmpl: view.getUint32(0x30, true),
      policy: readPolicy(view.getBigUint64(0x08, true)),
      signedBy,
      reportData: bytes.subarray(0x50, 0x90),
      measurement: toHex(bytes.subarray(0x90, 0xc0)),
      reportedTcb: tcbVersionIn(bytes.subarray(0x180, 0x188), product),
      committedTcb: tcbVersionIn(bytes.subarray(0x1e0, 0x1e8), product),
      launchTcb: tcbVersionIn(bytes.subarray(0x1f0, 0x1f8), product),
      chipId: bytes.subarray(0x1a0, 0x1e0),
      signed: bytes.subarray(0, signatureAt),
      signature,
    },
  };
}

/** SIGNING_KEY. Others are reserved, or say that there is no signature. */
const signingKeys: ReadonlyMap<number, SnpReport["signedBy"]> = new Map([
  [0, "vcek"],
  [1, "vlek"],
]);

function readPolicy(policy: bigint): GuestPolicy {
  const has = (bit: bigint): boolean => ((policy >> bit) & 1n) === 1n;
  return { allowsMigration: has(18n), allowsDebugging: has(19n) };
}

/** Null where anything stands in the rest of its field, which is reserved: else there would be many reports of one. */
function readSignature(report: Uint8Array): Uint8Array | null {
  const field = report.subarray(signatureAt);
  const numbers = [field.subarray(0, fieldBytes), field.subarray(fieldBytes, 2 * fieldBytes)];
  const rest = [field.subarray(2 * fieldBytes), ...numbers.map((number) => number.subarray(numberBytes))];
  if (rest.some((bytes) => bytes.some((byte) => byte !== 0))) return null;
  return Uint8Array.from(
    numbers.flatMap((number) => Array.from(number.subarray(0, numberBytes)).toReversed()),
  );
}
