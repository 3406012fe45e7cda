import { call } from "./lifecycle-call.ts";
import { UnusableInputError } from "./unusable-input.ts";

export interface TenantSource {
  /** A handle, or the name that the policy has. */
  readonly tenant: string;
  /** The cell whose log it is: a name has another handle in each cell. */
  readonly config: string | null;
  readonly cell: string | null;
}

/** A handle is what it is; for a name, the cell that has the keys is asked. */
export async function tenantHandle({ tenant, config, cell }: TenantSource): Promise<string> {
  if (/^[0-9a-f]{32}$/.test(tenant)) return tenant;
  if (config === null) {
    throw new UnusableInputError([
      `\`--tenant ${tenant}\` is no handle of 32 hex digits; for a tenant's name give the cell file with \`--config\``,
    ]);
  }
  const flags = cell === null ? { config } : { config, cell };
  const asked = { method: "GET", path: "/admin/tenant-handle" } as const;
  return (await call<{ readonly handle: string }>(flags, asked, { tenant })).handle;
}
