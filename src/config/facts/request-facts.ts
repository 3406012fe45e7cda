import type { CellId, Place } from "../../base/index.ts";
import { type Basis, type Claim, type DataClass, type Facts, joinClaims } from "../../law/index.ts";
import type { Tenant, TenantKey } from "../values/policy.ts";

/** What is claimed of one request beside its tenant's contract, each claim with how it came to be known. */
export interface RequestClaims {
  readonly subjects: readonly Claim<Place>[];
  readonly citizenships: readonly Claim<Place>[];
  readonly classes: readonly Claim<DataClass>[];
}

/** A request of which nothing is claimed: its tenant's contract alone. */
export const noClaims: RequestClaims = { subjects: [], citizenships: [], classes: [] };

/** What an API key, or a certificate in its place, says of the requests that carry it. */
export function keyClaims({ subjects, classes }: TenantKey): RequestClaims {
  return {
    subjects: claimed(subjects, "key-binding"),
    citizenships: [],
    classes: claimed(classes, "key-binding"),
  };
}

/** All that is claimed by either; what both claim is claimed once. */
export function joinRequestClaims(left: RequestClaims, right: RequestClaims): RequestClaims {
  return {
    subjects: eachOnce([...left.subjects, ...right.subjects]),
    citizenships: eachOnce([...left.citizenships, ...right.citizenships]),
    classes: eachOnce([...left.classes, ...right.classes]),
  };
}

function eachOnce<Value extends string>(claims: readonly Claim<Value>[]): readonly Claim<Value>[] {
  return Array.from(new Map(claims.map((claim) => [`${claim.basis} ${claim.value}`, claim])).values());
}

/**
 * The facts of one request. INVARIANT: the gateway, `explain`, `decide` and the analysis all ask here, so that what is
 * explained is what is served. A claim that is added narrows; only a tenant's own leave lets one replace another.
 */
export function requestFacts(tenant: Tenant, claims: RequestClaims, receivingCell: CellId): Facts {
  return {
    tenant: tenant.id,
    subjectPlaces: joinClaims(
      [...claimed(tenant.subjects, "tenant-contract"), ...claims.subjects],
      tenant.maySelect,
    ),
    subjectCitizenships: [...claimed(tenant.citizenships, "tenant-contract"), ...claims.citizenships],
    subjectResidences: claimed(tenant.residences, "tenant-contract"),
    controllerPlaces: tenant.established,
    sector: tenant.sector,
    exporter: tenant.entity,
    classes: [...claimed(tenant.classes, "tenant-contract"), ...claims.classes],
    attested: tenant.attested,
    persons: tenant.persons,
    counted: {},
    requirements: tenant.requirements,
    receivingCell,
  };
}

export function claimed<Value>(values: readonly Value[], basis: Basis): readonly Claim<Value>[] {
  return values.map((value) => ({ value, basis }));
}
