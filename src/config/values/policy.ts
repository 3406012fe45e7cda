import type { CellId, EndpointId, InstantMs, ModelAlias, Place, TenantId } from "../../base/index.ts";
import type {
  Attestations,
  AttestationTerms,
  DataClass,
  EngineName,
  LawPolicy,
  Requirement,
  SelectingBasis,
} from "../../law/index.ts";
import type { HybridRule, Preference, Priority, RoutingMode } from "../../routing/index.ts";
import type { Finding } from "../yaml/finding.ts";
import type { LimitLevel, ModelTokens, Price } from "./limits.ts";
import type { ServedOperation } from "./served-operation.ts";
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
  /**
   * `packs/<id>.yaml` of each of `packs`, in that order: what may lie beside a log that anybody may read. The policy's own
   * text may not: it names tenants, for which the log has handles, and holds hashes of their keys.
   */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
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
  readonly engine: EngineName;
  readonly url: string | null;
  /** Whose service it is, as `packs/providers/` names it; null for one that is nobody's. */
  readonly provider: string | null;
  /** The provider's label for where it computes. */
  readonly region: string | null;
  /** Where its provider's regions lie, by name, for one whose models' regions are asked for; null where nobody is asked. */
  readonly watchedRegions: ReadonlyMap<string, readonly Place[]> | null;
  /** The other cell of this deployment that it is; null for one that is none. */
  readonly peer: CellId | null;
  /** Where the secret is, never the secret. */
  readonly apiKey: SecretReference | null;
  /** Null where it is called like any server of its kind. */
  readonly calling: EndpointCalling | null;
  /** What it has to show before anything of a caller's goes there; null: nothing. */
  readonly attestation: AttestationTerms | null;
}

/** How an endpoint is called where it is more than a base URL and a key. Files are as written: beside the policy. */
export interface EndpointCalling {
  readonly path: string | null;
  /** Null where it answers what its kind of engine mostly does. */
  readonly serves: readonly ServedOperation[] | null;
  readonly healthPath: string | null;
  readonly headers: Readonly<Record<string, string | SecretReference>>;
  readonly query: Readonly<Record<string, string>>;
  readonly caPath: string | null;
  readonly client: { readonly certificatePath: string; readonly keyPath: string } | null;
}

export type SecretReference =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

export interface Model {
  readonly alias: ModelAlias;
  readonly mode: RoutingMode;
  /** The rules of mode `hybrid`, in the author's order. */
  readonly rules: readonly HybridRule[];
  /** Members by which its requests may leave; all others are refused. */
  readonly allows: ReadonlySet<string>;
  /** Null where nobody limits its tokens. */
  readonly tokens: ModelTokens | null;
  /** So long a whole answer may take to begin before another endpoint is asked too; null: none ever is. */
  readonly hedgeAfterMs: number | null;
  readonly servedBy: ReadonlyMap<EndpointId, Serving>;
}

export interface Serving extends Preference {
  /** The name that the endpoint's engine knows the model by. */
  readonly model: string;
  /** Null where nobody who may use the model has a budget. */
  readonly price: Price | null;
}

export interface Tenant {
  readonly id: TenantId;
  /** The legal entity that exports data, as `from` of a declared mechanism names it; the tenant's id by default. */
  readonly entity: string;
  readonly established: readonly Place[];
  readonly subjects: readonly Place[];
  readonly citizenships: readonly Place[];
  readonly residences: readonly Place[];
  /** How many people's data one request holds, at most. */
  readonly persons: number;
  readonly sector: string | null;
  readonly classes: readonly DataClass[];
  readonly attested: Attestations;
  /** By counter: from when on this cell adds to what is attested, where that is not the whole period. */
  readonly attestedAsOf: ReadonlyMap<string, InstantMs>;
  readonly requirements: readonly Requirement[];
  readonly keys: readonly TenantKey[];
  /** Whose tokens speak for it; null: only its API keys do. */
  readonly tokens: TokenIssuer | null;
  /** Signals that choose among `subjects`. */
  readonly maySelect: ReadonlySet<SelectingBasis>;
  readonly models: readonly ModelAlias[] | null;
  /** The tenant's own; none where it has no limits. */
  readonly limits: readonly LimitLevel[];
  /** Of its callers that no key says otherwise of. */
  readonly priority: Priority;
  /** For how many days content records of its requests are kept; null: there are none. */
  readonly recordDays: number | null;
  /** Null: no answer is given twice. */
  readonly responseCache: ResponseCachePolicy | null;
  /** Null: its callers may leave no files in a cell. */
  readonly files: FilePolicy | null;
}

/** What a tenant's callers may leave in a cell. */
export interface FilePolicy {
  /** Where an upload does not say. */
  readonly keepMs: number;
  readonly keepAtMostMs: number;
  /** Of all its files together. */
  readonly maxBytes: number;
  readonly maxCount: number;
  /** Null: no file is run as a batch. */
  readonly batches: BatchPolicy | null;
}

export interface BatchPolicy {
  /** Lines of all its batches. */
  readonly atOnce: number;
  readonly maxOpen: number;
}

/** Which answers may be given again, and for how long. */
export interface ResponseCachePolicy {
  readonly models: ReadonlySet<ModelAlias>;
  /** A request that holds anything else is not kept. */
  readonly classes: ReadonlySet<DataClass>;
  readonly lifetimeMs: number;
  readonly maxBytes: number;
}

/** What a caller of the tenant proves who it is with. It may bind a narrower set of facts than its tenant's. */
export interface TenantKey {
  /** Of an API key, which is stored so and no other way; null where a client certificate stands for it. */
  readonly sha256: string | null;
  /** One SPIFFE ID, or with a slash at its end the beginning of many; null for an API key. */
  readonly spiffe: string | null;
  readonly subjects: readonly Place[];
  readonly classes: readonly DataClass[];
  readonly expiresAtMs: InstantMs | null;
  /** The cell that sends requests on under it; null for a key of callers, whose word about transfers is nobody's. */
  readonly peer: CellId | null;
  /** All that a request under it must pass: the tenant's, the team's and its own, where there are any. */
  readonly limits: readonly LimitLevel[];
  readonly priority: Priority;
}
