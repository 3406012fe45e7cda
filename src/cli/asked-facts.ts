import type { CellId, Place, TenantId } from "../base/index.ts";
import type { Policy, Tenant } from "../config/index.ts";
import type { Basis, Claim, DataClass, Facts } from "../law/index.ts";
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

/**
 * Claims stand side by side: one that is added narrows, it replaces nothing. Without a tenant, the controller is taken to
 * be established where the subject is.
 */
export function factsOf({ tenant, subjects, citizenships, classes, cell }: AskedRequest): Facts {
  return {
    tenant: tenant?.id ?? ("" as TenantId),
    subjectPlaces: [...claims(tenant?.subjects, "tenant-contract"), ...claims(subjects, "header")],
    subjectCitizenships: [
      ...claims(tenant?.citizenships, "tenant-contract"),
      ...claims(citizenships, "header"),
    ],
    controllerPlaces: tenant?.established ?? subjects,
    sector: tenant?.sector ?? null,
    exporter: tenant?.entity ?? null,
    classes: [...claims(tenant?.classes, "tenant-contract"), ...claims(classes, "header")],
    requirements: tenant?.requirements ?? [],
    receivingCell: cell ?? ("" as CellId),
  };
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

function claims<Value>(values: readonly Value[] | undefined, basis: Basis): readonly Claim<Value>[] {
  return (values ?? []).map((value) => ({ value, basis }));
}
