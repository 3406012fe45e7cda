// How an engine of one's own shows what code it runs (docs/attestation.md): what a policy can say of it. Who verifies each kind is
// the business of the providers room, and the compiler wants a verifier of it there.

export const attestationKinds = ["sev-snp"] as const;
export type AttestationKind = (typeof attestationKinds)[number];

/** AMD's processors, by whose root vouches for them: Bergamo and Siena are `genoa`. */
export const sevSnpProducts = ["milan", "genoa", "turin"] as const;
export type SevSnpProduct = (typeof sevSnpProducts)[number];

/** Security versions of the parts of AMD's firmware (AMD 56860, "TCB_VERSION"), each from 0 to 255. Only `turin` has an FMC; elsewhere it is 0. */
export interface TcbVersion {
  readonly fmc: number;
  readonly bootLoader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

/** INVARIANT: plain data, which is compared as a whole, and travels in a message. */
export interface AttestationTerms {
  readonly kind: AttestationKind;
  /** Where it is asked, under the endpoint's URL. */
  readonly path: string;
  readonly product: SevSnpProduct;
  /** Launch digests (SHA-384) of what may run, in lower-case hex. */
  readonly measurements: readonly string[];
  readonly minimumTcb: TcbVersion;
  /** SHA-256 of the public key (SubjectPublicKeyInfo) of the root, in lower-case hex; null: AMD's own for the product. */
  readonly root: string | null;
}
