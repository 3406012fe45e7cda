// Keys and what needs them: signing, commitments, and Node's implementations of the ledger's injected functions.
export { isSameToken, openAdminToken } from "./admin-token.ts";
export { randomBytes, sha256, verifyEd25519 } from "./digest.ts";
export {
  type DisclosedKey,
  formatDisclosedKey,
  openDisclosedKey,
  parseDisclosedKey,
} from "./disclosed-key.ts";
export { openAwsKmsService } from "./aws-kms-service.ts";
export { openFileService } from "./file-service.ts";
export { KeyRefusedError, type KeyService, KeysUnavailableError, type KeyVersion } from "./key-service.ts";
export { openPkcs11Service } from "./pkcs11-service.ts";
export { openVault } from "./open-vault.ts";
export { destroySigningKey, openSigningKey, type SigningKey } from "./signing-key.ts";
export type { Commitment, SubjectKey } from "./subject-key.ts";
export { openTransitService } from "./transit-service.ts";
export {
  type ErasureOrder,
  HeldError,
  type Hold,
  type KeyHealth,
  type MonthHandle,
  type PendingErasure,
  type Rewrapped,
  type RewrapProgress,
  type Subject,
  UnknownHandleError,
  type Vault,
} from "./vault.ts";
