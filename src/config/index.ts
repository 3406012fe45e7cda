// One schema for policy, packs and cell file: types, defaults, docs, and every error at once with its line.
export { type AskedRequest, askRequest } from "./facts/asked-facts.ts";
export type {
  AskedCapacity,
  CellFile,
  CellLimits,
  ListenAddress,
  ListenTls,
  WormConfig,
} from "./values/cell-file.ts";
export { deploymentOf } from "./values/deployment.ts";
export { type Finding, formatFinding } from "./yaml/finding.ts";
export { addableSections, type FactsDocument } from "./schema/facts-schema.ts";
export type { Network } from "./values/network.ts";
export { packReference, providerReference } from "./schema/law-reference.ts";
export { formatLock, type LockSource } from "./packs/lock.ts";
export type { AwsKmsKeys, KeysConfig, Pkcs11Keys, TransitKeys } from "./values/keys-config.ts";
export { parseCellFile } from "./policy/parse-cell-file.ts";
export { parseFacts } from "./facts/parse-facts.ts";
export { type PackSource, parsePack } from "./packs/parse-pack.ts";
export { parsePolicy } from "./policy/parse-policy.ts";
export { parseProvider } from "./packs/parse-provider.ts";
export { regionPlaces } from "./schema/provider-schema.ts";
export type { ProviderDocument } from "./schema/provider-schema.ts";
export type { PackText } from "./packs/pinned-packs.ts";
export {
  type BudgetPeriod,
  type LentLimit,
  lentLimits,
  type LimitLevel,
  type ModelTokens,
  type Money,
  moneyOf,
  type Price,
  pricePerToken,
  unitsOf,
} from "./values/limits.ts";
export type {
  EndpointCalling,
  EndpointConfig,
  Model,
  PackRecord,
  Policy,
  BatchPolicy,
  FilePolicy,
  ResponseCachePolicy,
  SecretReference,
  Tenant,
  TenantKey,
} from "./values/policy.ts";
export {
  cellFileJsonSchema,
  factsJsonSchema,
  packJsonSchema,
  policyJsonSchema,
  providerJsonSchema,
  testFileJsonSchema,
} from "./schema/published-schemas.ts";
export { configReference } from "./schema/reference.ts";
export { parseKeySet } from "./policy/parse-key-set.ts";
export type { KeySetAddress, PinnedKey, TokenIssuer } from "./values/token-issuer.ts";
export {
  claimed,
  joinRequestClaims,
  keyClaims,
  noClaims,
  type RequestClaims,
  requestFacts,
} from "./facts/request-facts.ts";
export {
  countBands,
  type CountedVolume,
  countedPeople,
  countedSince,
  countedVolumes,
} from "./facts/counted-volumes.ts";
export { type Expectation, parseTestFile, type PolicyTest, type TestFile } from "./facts/test-file.ts";
export { lookUp, type NameKind } from "./policy/look-up.ts";
export { closest } from "./yaml/suggest.ts";
export { parseSpiffeId, patternsOf, type SpiffeId } from "./values/spiffe-id.ts";
export { sectorsNamed } from "./checks/word-checks.ts";
