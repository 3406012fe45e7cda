// Keys and what needs them: signing, commitments, and Node's implementations of the ledger's injected functions.
export { isSameToken, openAdminToken } from "./admin-token.ts";
export { randomBytes, sha256, verifyEd25519 } from "./digest.ts";
export { openSigningKey, type SigningKey } from "./signing-key.ts";
export { type Commitment, openVault, type SubjectKey, type Vault } from "./vault.ts";
