// One schema for policy, packs and cell file: types, defaults, docs, and every error at once with its line.
export { type AskedRequest, askRequest } from "./asked-facts.ts";
export type { CellFile, CellLimits, ListenAddress, WormConfig } from "./cell-file.ts";
export { deploymentOf } from "./deployment.ts";
export { type Finding, formatFinding } from "./finding.ts";
export { addableSections, type FactsDocument } from "./facts-schema.ts";
export type { Network } from "./network.ts";
export { packReference, providerReference } from "./law-reference.ts";
export { formatLock, type LockSource } from "./lock.ts";
export type { AwsKmsKeys, KeysConfig, Pkcs11Keys, TransitKeys } from "./keys-config.ts";
export { parseCellFile } from "./parse-cell-file.ts";
export { parseFacts } from "./parse-facts.ts";
export { parsePack, type PackSource } from "./parse-pack.ts";
export { parsePolicy } from "./parse-policy.ts";
export { parseProvider } from "./parse-provider.ts";
export type { PackText } from "./pinned-packs.ts";
export type {
  EndpointConfig,
  Model,
  PackRecord,
  Policy,
  SecretReference,
  Tenant,
  TenantKey,
} from "./policy.ts";
export {
  cellFileJsonSchema,
  factsJsonSchema,
  packJsonSchema,
  policyJsonSchema,
  providerJsonSchema,
  testFileJsonSchema,
} from "./published-schemas.ts";
export { configReference } from "./reference.ts";
export type { PinnedKey, TokenIssuer } from "./token-issuer.ts";
export { claimed, keyClaims, noClaims, type RequestClaims, requestFacts } from "./request-facts.ts";
export { type Expectation, parseTestFile, type PolicyTest, type TestFile } from "./test-file.ts";
export { closest } from "./suggest.ts";
