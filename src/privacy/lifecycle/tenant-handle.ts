import type { LifecycleReadAccess } from "./lifecycle-access.ts";
import { type NamedTenant, requireTenant } from "./target.ts";

/** What the cell's log calls a tenant. Only who has the cell's keys can tell. */
export async function tenantHandle(
  access: LifecycleReadAccess,
  named: NamedTenant,
): Promise<{ readonly tenant: string; readonly handle: string }> {
  const tenant = requireTenant(access, named);
  return { tenant, handle: access.vault.tenantHandle(tenant) };
}
