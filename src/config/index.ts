// One schema for policy, packs and cell file: types, defaults, docs, and every error at once with its line.
export type { CellFile, CellLimits, ListenAddress } from "./cell-file.ts";
export type {
  EndpointConfig,
  Finding,
  Model,
  Policy,
  SecretReference,
  Tenant,
  TenantKey,
  TenantLimits,
} from "./policy.ts";
