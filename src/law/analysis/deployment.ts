import type { EndpointId, ModelAlias, TenantId } from "../../base/index.ts";
import type { Facts } from "../policy/facts.ts";
import type { LawPolicy } from "../policy/law-policy.ts";

/** One policy as the analyses see it: the law, and who asks for what. */
export interface Deployment {
  readonly law: LawPolicy;
  readonly tenants: readonly AnalysedTenant[];
  readonly models: readonly AnalysedModel[];
}

export interface AnalysedTenant {
  readonly id: TenantId;
  /** The facts of a request that claims nothing: what the tenant's contract says. */
  readonly facts: Facts;
  /** Models that it may use; null: all. */
  readonly models: readonly ModelAlias[] | null;
}

export interface AnalysedModel {
  readonly alias: ModelAlias;
  readonly servedBy: ReadonlySet<EndpointId>;
}

export function modelsOf(tenant: AnalysedTenant, { models }: Deployment): readonly AnalysedModel[] {
  return models.filter(({ alias }) => tenant.models === null || tenant.models.includes(alias));
}

/** Every endpoint to which a request of the tenant's could go if the law allowed it. */
export function reachableBy(tenant: AnalysedTenant, deployment: Deployment): ReadonlySet<EndpointId> {
  return new Set(modelsOf(tenant, deployment).flatMap(({ servedBy }) => [...servedBy]));
}
