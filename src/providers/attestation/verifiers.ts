import type { InstantMs, Result } from "../../base/index.ts";
import type { AttestationKind, AttestationTerms } from "../../law/index.ts";
import type { AttestationFault } from "./attestation-fault.ts";
import { type Challenge, verifySevSnp } from "./sev-snp.ts";

/** Judges what came, as bytes that nobody has looked at. Pure: it asks nobody. */
type Verifier = (
  document: Uint8Array,
  terms: AttestationTerms,
  asked: { readonly challenge: Challenge; readonly nowMs: InstantMs },
) => Result<unknown, AttestationFault>;

/** The law room lists the kinds, and the compiler wants every one of them here. */
export const verifiers: Readonly<Record<AttestationKind, Verifier>> = { "sev-snp": verifySevSnp };
