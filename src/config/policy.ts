import type { CellId, EndpointId, ModelAlias, Place, TenantId } from "../base/index.ts";
import type { Attestations, DataClass, LawPolicy, Requirement, SelectingBasis } from "../law/index.ts";
import type { HybridRule, RoutingMode } from "../routing/index.ts";
import type { Finding } from "./finding.ts";
import type { TokenIssuer } from "./token-issuer.ts";

/** One policy file with its packs, read, checked and resolved: the same value in every cell. */
export interface Policy {
  /** Schemeless name, the first part of every log's origin: `acme.example`. */
  readonly deployment: string;
  readonly law: LawPolicy;
  /** Verifier keys of those whose legal events count. */
  readonly eventKeys: readonly string[];
  readonly endpoints: ReadonlyMap<EndpointId, EndpointConfig>;
  readonly models: ReadonlyMap<ModelAlias, Model>;
  readonly tenants: ReadonlyMap<TenantId, Tenant>;
  /** Lower-case host names that say where the subject is. */
  readonly hostnames: ReadonlyMap<string, readonly Place[]>;
  /** The packs and providers that its decisions rest on, in the policy's order. */
  readonly packs: readonly PackRecord[];
  /** Things that are lawful to write and that an author should look at: a background-confidence pack in use, … */
  readonly warnings: readonly Finding[];
}

/** Which text of a pack, or of a provider, is in use. */
export interface PackRecord {
  /** `eu-gdpr`, or `providers/openai`. */
  readonly id: string;
  readonly version: string;
  /** Of the file's UTF-8 bytes, lower-case hex. */
  readonly sha256: string;
  readonly file: string;
  /** A file of the organisation's own, in the place of a shipped one. */
  readonly isOverride: boolean;
}

/** What the policy says of an endpoint beside its siting, which is in `law`. */
export interface EndpointConfig {
  readonly id: EndpointId;
  readonly cell: CellId;
  readonly engine: string;
  readonly url: string | null;
  /** The other cell of this deployment that it is; null for one that is none. */
  readonly peer: CellId | null;
  /** Where the secret is, never the secret. */
  readonly apiKey: SecretReference | null;
}

export type SecretReference =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

export interface Model {
  readonly alias: ModelAlias;
  readonly mode: RoutingMode;
  /** Of mode `hybrid`, in the author's order. */
  readonly rules: readonly HybridRule[];
  /** Endpoint → the name that the engine knows the model by. */
  readonly servedBy: ReadonlyMap<EndpointId, string>;
}

export interface Tenant {
  readonly id: TenantId;
  /** The legal entity that exports data, as `from` of a declared mechanism names it; the tenant's id by default. */
  readonly entity: string;
  readonly established: readonly Place[];
  readonly subjects: readonly Place[];
  readonly citizenships: readonly Place[];
  readonly residences: readonly Place[];
  readonly sector: string | null;
  readonly classes: readonly DataClass[];
  readonly attested: Attestations;
  readonly requirements: readonly Requirement[];
  readonly keys: readonly TenantKey[];
  /** Whose tokens speak for it; null: only its API keys do. */
  readonly tokens: TokenIssuer | null;
  /** Signals that choose among `subjects`. */
  readonly maySelect: ReadonlySet<SelectingBasis>;
  readonly models: readonly ModelAlias[] | null;
  readonly limits: TenantLimits;
  /** For how many days content records of its requests are kept; null: there are none. */
  readonly recordDays: number | null;
}

/** An API key is stored as SHA-256 only. It may bind a narrower set of facts than its tenant's. */
export interface TenantKey {
  readonly sha256: string;
  readonly subjects: readonly Place[];
  readonly classes: readonly DataClass[];
  readonly expiresAtMs: number | null;
}

interface TenantLimits {
  readonly requestsPerMinute: number | null;
  readonly concurrentRequests: number | null;
}
