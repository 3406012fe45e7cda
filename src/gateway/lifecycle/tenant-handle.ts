import type { TenantId } from "../../base/index.ts";
import type { Keeping } from "./custody.ts";

/** What the cell's log calls a tenant. Only who has the cell's keys can tell. */
export async function tenantHandle(
  { vault }: Keeping,
  { tenant }: { readonly tenant: string },
): Promise<{ readonly tenant: string; readonly handle: string }> {
  return { tenant, handle: vault.tenantHandle(tenant as TenantId) };
}
