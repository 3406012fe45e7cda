import { call } from "./lifecycle-call.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface TenantSource {
  /** A handle, or the name that the policy has. */
  readonly tenant: string;
  /** The cell whose log it is: a name has another handle in each cell. */
  readonly config: string | null;
  readonly cell: string | null;
  /** Its name is taken as it is, since it has left the policy. */
  readonly isLeft: boolean;
}

export function isHandle(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** Returns a handle as it is; for a name, it asks the cell that has the keys. */
export async function tenantHandle(
  terminal: Terminal,
  { tenant, config, cell, isLeft }: TenantSource,
): Promise<string> {
  if (isHandle(tenant)) return tenant;
  if (config === null) {
    throw new UnusableInputError([
      `\`--tenant ${tenant}\` is no handle of 32 hex digits; for a tenant's name give the cell file with \`--config\``,
    ]);
  }
  const flags = cell === null ? { config } : { config, cell };
  const asked = {
    method: "GET",
    path: "/admin/tenant-handle",
    input: { tenant, evenIfNotInPolicy: isLeft ? true : undefined },
  } as const;
  return (await call<{ readonly handle: string }>(terminal, flags, asked)).handle;
}
