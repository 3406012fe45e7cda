// Why something is erased, or must not be: closed lists, for the ledger takes no free text.

/** Each names the provision that asks for the erasure; the last two are the controller's own grounds. */
export const erasureGrounds = [
  // Regulation (EU) 2016/679 Art. 17(1): not needed any more, consent withdrawn, objection, unlawful, obligation, child.
  "gdpr-17-1-a",
  "gdpr-17-1-b",
  "gdpr-17-1-c",
  "gdpr-17-1-d",
  "gdpr-17-1-e",
  "gdpr-17-1-f",
  // UK GDPR Art. 17(1).
  "uk-gdpr-17-1",
  // California Civil Code § 1798.105.
  "us-ca-1798-105",
  // Brazil, Lei 13.709/2018 Art. 18 VI.
  "br-lgpd-18-vi",
  // China, Personal Information Protection Law Art. 47.
  "cn-pipl-47",
  // UAE Federal Decree-Law 45/2021 Art. 15.
  "ae-pdpl-15",
  "retention-ended",
  "contract-ended",
] as const;

export const holdReasons = [
  "litigation",
  "investigation",
  "supervisory-order",
  "audit",
  // Art. 17(3): a legal obligation, public health, archiving, legal claims.
  "gdpr-17-3-b",
  "gdpr-17-3-c",
  "gdpr-17-3-d",
  "gdpr-17-3-e",
  // Art. 18(1): accuracy contested, unlawful but kept, needed for claims, objection pending.
  "gdpr-18-1-a",
  "gdpr-18-1-b",
  "gdpr-18-1-c",
  "gdpr-18-1-d",
] as const;

export type ErasureGround = (typeof erasureGrounds)[number];
export type HoldReason = (typeof holdReasons)[number];
