import type { TenantId } from "../../base/index.ts";
import type { LimitLevel, Policy } from "../../config/index.ts";

/** Every level of the policy that has limits, the tenants' first. */
export function levelsOf({ tenants }: Pick<Policy, "tenants">): Iterable<LimitLevel> {
  const all = Array.from(tenants.values(), ({ limits, keys }) => [
    ...limits,
    ...keys.flatMap((key) => key.limits),
  ]).flat();
  // A team's stands in each of its keys.
  return new Map(all.map((level) => [level.id, level])).values();
}

export function tenantsWithBudget({ tenants }: Pick<Policy, "tenants">): readonly TenantId[] {
  return Array.from(tenants.values())
    .filter(({ limits }) => limits.some(({ budget }) => budget !== null))
    .map(({ id }) => id);
}
