import type { AttestationTerms } from "../../law/index.ts";
import type { AttestationDocument } from "../schema/attestation-schema.ts";

export function buildAttestation({
  "minimum-tcb": { fmc, "boot-loader": bootLoader, ...parts },
  root,
  ...terms
}: AttestationDocument): AttestationTerms {
  return { ...terms, minimumTcb: { fmc: fmc ?? 0, bootLoader, ...parts }, root: root ?? null };
}
