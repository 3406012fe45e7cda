// What an AMD processor says of the machine that it runs: verified, then held against what a policy expects.
// INVARIANT: no clock, no randomness, no network: the same document is judged alike by a cell, and by a command a year later.
import { verify } from "node:crypto";
import {
  decodeUtf8,
  equalBytes,
  fromBase64,
  type InstantMs,
  isObject,
  ok,
  parseJson,
  type Result,
} from "../../base/index.ts";
import type { AttestationTerms, SevSnpProduct } from "../../law/index.ts";
import { type AttestationFault, faulty } from "./attestation-fault.ts";
import { endorsementFault, readEndorsement } from "./endorsement.ts";
import { readSnpReport, type SnpReport } from "./snp-report.ts";
import { isAtLeast, tcbText } from "./tcb-version.ts";

/** For what the evidence has to be made. */
export interface Challenge {
  /** SHA-256 of the public key that the other end of the connection has proved to hold, 32 bytes. */
  readonly publicKeyHash: Uint8Array;
  /** 32 bytes that nobody could know before. */
  readonly nonce: Uint8Array;
}

/** Of the public keys of AMD's roots, SHA-256 (`ARK-Milan`, `ARK-Genoa`, `ARK-Turin` at kdsintf.amd.com/vcek/v1/<product>/cert_chain). */
export const amdRoots: Readonly<Record<SevSnpProduct, string>> = {
  milan: "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9",
  genoa: "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831",
  turin: "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08",
};

/** Ok where the document proves that a machine of the terms holds the challenge's key, and was asked just now. */
export function verifySevSnp(
  document: Uint8Array,
  terms: AttestationTerms,
  { challenge, nowMs }: { readonly challenge: Challenge; readonly nowMs: InstantMs },
): Result<SnpReport, AttestationFault> {
  const genuine = readGenuineReport(document, { ...terms, nowMs });
  if (!genuine.ok) return genuine;
  const answering = readAnswer(genuine.value, challenge);
  return answering.ok ? appraise(answering.value, terms) : answering;
}

/** Ok where the report was made for the challenge. */
export function readAnswer(
  report: SnpReport,
  { publicKeyHash, nonce }: Challenge,
): Result<SnpReport, AttestationFault> {
  if (!equalBytes(report.reportData.subarray(0, 32), publicKeyHash))
    return faulty("relayed", "the report is made for the key of another TLS certificate");
  if (!equalBytes(report.reportData.subarray(32), nonce))
    return faulty("stale", "the report is made for another question");
  return ok(report);
}

type Pinned = Pick<AttestationTerms, "product" | "root"> & { readonly nowMs: InstantMs };

/** Ok where an AMD processor made it, and its machine is closed to its owner. What runs in it, and for whom it was made, is not looked at. */
export function readGenuineReport(
  document: Uint8Array,
  { product, root, nowMs }: Pinned,
): Result<SnpReport, AttestationFault> {
  const parts = readDocument(document);
  if (parts === null)
    return faulty(
      "unreadable",
      "the document is no JSON object with `report` in base64 and `certificates` in PEM",
    );
  const read = readSnpReport(parts.report, product);
  if (!read.ok) return read;
  const trust = { root: root ?? amdRoots[product], product, nowMs };
  const endorsed = readEndorsement(parts.certificates, trust);
  if (!endorsed.ok) return endorsed;
  const { value: report } = read;
  const key = { key: endorsed.value.publicKey, dsaEncoding: "ieee-p1363" } as const;
  if (!verify("sha384", report.signed, key, report.signature))
    return faulty("signature", "the report is not signed by the key of the first certificate");
  const mismatch = endorsementFault(report, endorsed.value);
  if (mismatch !== null) return faulty("endorsement", mismatch);
  const open = guestFault(report);
  return open === null ? ok(report) : faulty("guest", open);
}

function readDocument(
  document: Uint8Array,
): { readonly report: Uint8Array; readonly certificates: string } | null {
  const value = parseJson(decodeUtf8(document) ?? "");
  const { report, certificates } = isObject(value) ? value : {};
  if (typeof report !== "string" || typeof certificates !== "string") return null;
  const bytes = fromBase64(report);
  return bytes && { report: bytes, certificates };
}

/** Whoever can look into the machine can take the key out of it that the report is made for. */
function guestFault({ policy, vmpl }: SnpReport): string | null {
  if (policy.allowsDebugging) return "the machine may be debugged by its owner";
  if (policy.allowsMigration) return "the machine may be handed to a migration agent";
  return vmpl === 0 ? null : `the report was asked for at privilege level ${vmpl}, and not at 0`;
}

function appraise(
  report: SnpReport,
  { measurements, minimumTcb }: AttestationTerms,
): Result<SnpReport, AttestationFault> {
  const { measurement, reportedTcb, committedTcb, launchTcb } = report;
  if (!measurements.includes(measurement))
    return faulty("measurement", `the machine was launched with \`${measurement}\``);
  // Also what it was launched under, since that may have let somebody in, and what its owner can go back to while it runs.
  const old = [reportedTcb, launchTcb, committedTcb].find((version) => !isAtLeast(version, minimumTcb));
  return old === undefined
    ? ok(report)
    : faulty("tcb", `the firmware is ${tcbText(old)}, and ${tcbText(minimumTcb)} is asked for`);
}
