// Keys and what needs them: signing, commitments, and Node's implementations of injected functions.
export { isSameToken, openAdminToken } from "./admin-token.ts";
export { randomBytes, randomPool, sha256, verifyEd25519 } from "./digest.ts";
export {
  type DisclosedKey,
  formatDisclosedKey,
  openDisclosedKey,
  parseDisclosedKey,
} from "./vault/disclosed-key.ts";
export { fetchKeySet, type KeySetPlace } from "./key-sets/fetch-key-set.ts";
export { openAwsKmsService } from "./key-services/aws-kms-service.ts";
export { openFileService } from "./key-services/file-service.ts";
export {
  KeyRefusedError,
  type KeyService,
  KeysUnavailableError,
  type KeyVersion,
} from "./key-services/key-service.ts";
export { openPkcs11Service } from "./key-services/pkcs11-service.ts";
export { openVault } from "./vault/open-vault.ts";
export { destroySigningKey, openSigningKey, type SigningKey } from "./signing-key.ts";
export { LentVault } from "./vault/lent-vault.ts";
export type { Commitment, SubjectKey, SubjectSecret } from "./vault/subject-key.ts";
export { openTransitService } from "./key-services/transit-service.ts";
export {
  type ErasureOrder,
  HeldError,
  type Hold,
  type KeyHealth,
  type KeyLender,
  type KeySource,
  type MonthHandle,
  type PendingErasure,
  type Rewrapped,
  type RewrapProgress,
  type Subject,
  type SubjectPlace,
  UnknownHandleError,
  type Vault,
} from "./vault/vault.ts";
