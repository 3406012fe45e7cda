import type { CellId, Place, TenantId } from "../base/index.ts";
import { claimed, type Policy, requestFacts, type Tenant } from "../config/index.ts";
import type { DataClass, Facts } from "../law/index.ts";
import { UnusableInputError } from "./unusable-input.ts";

/** A request that nobody sent yet: what its tenant's contract says, and what its headers would add. */
export interface AskedRequest {
  readonly tenant: Tenant | null;
  readonly subjects: readonly Place[];
  readonly citizenships: readonly Place[];
  readonly classes: readonly DataClass[];
  /** Null: no cell is preferred. */
  readonly cell: CellId | null;
}

/** Without a tenant, the controller is taken to be established where the subject is. */
export function factsOf({ tenant, subjects, citizenships, classes, cell }: AskedRequest): Facts {
  const claims = {
    subjects: claimed(subjects, "header"),
    citizenships: claimed(citizenships, "header"),
    classes: claimed(classes, "header"),
  };
  const receiving = cell ?? ("" as CellId);
  if (tenant !== null) return requestFacts(tenant, claims, receiving);
  return { ...requestFacts(strangerFrom(subjects), claims, receiving), exporter: null };
}

export function findTenant(policy: Policy, name: string): Tenant {
  const tenant = policy.tenants.get(name as TenantId);
  if (tenant !== undefined) return tenant;
  throw new UnusableInputError([
    `tenant \`${name}\` is not in the policy; it has ${listOf(policy.tenants.keys())}`,
  ]);
}

/** For messages: the names that would have been right. */
export function listOf(names: Iterable<string>): string {
  return Array.from(names, (name) => `\`${name}\``).join(", ") || "none";
}

/** A tenant without a contract. */
function strangerFrom(established: readonly Place[]): Tenant {
  return {
    id: "" as TenantId,
    entity: "",
    established,
    subjects: [],
    citizenships: [],
    sector: null,
    classes: [],
    requirements: [],
    keys: [],
    tokens: null,
    maySelect: new Set(),
    models: null,
    limits: { requestsPerMinute: null, concurrentRequests: null },
  };
}
