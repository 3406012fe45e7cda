import { z } from "zod";
import type { TenantId } from "../../base/index.ts";
import { closest } from "../../config/index.ts";
import { maxPersonLength, personPattern } from "./person.ts";
import type { LifecycleAccess, LifecycleReadAccess } from "./lifecycle-access.ts";
import { LifecycleError } from "./lifecycle-error.ts";

export const handle: z.ZodString = z.string().regex(/^[0-9a-f]{32}$/, "expected a handle of 32 hex digits");
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "expected a month such as `2026-11`");
const tenant: z.ZodString = z.string().regex(/^[a-z0-9-]{1,63}$/, "expected a tenant of the policy");
const person = z
  .string()
  .regex(personPattern, `expected what \`bailiwick-subject\` said, ${maxPersonLength} characters at most`);

/** Of a tenant that has left the policy. A query says it in words. */
const evenIfNotInPolicy = z.union([z.literal(true), z.literal("true").transform(() => true as const)]);

/** A tenant by its name. A misspelt one would be asked about in vain, or erased in vain, and nobody would hear of it. */
export interface NamedTenant {
  readonly tenant: string;
  readonly evenIfNotInPolicy?: true | undefined;
}

export const namedTenant: { readonly [Member in keyof NamedTenant]-?: z.ZodType<NamedTenant[Member]> } = {
  tenant,
  evenIfNotInPolicy: evenIfNotInPolicy.optional(),
};

/** Returns the tenant. The problem repeats no name but the policy's own. */
export function requireTenant(
  { knownTenants }: Pick<LifecycleReadAccess, "knownTenants">,
  { tenant: name, evenIfNotInPolicy: isTakenAsItIs }: NamedTenant,
): TenantId {
  const known = knownTenants();
  if (isTakenAsItIs === true || known.includes(name)) return name as TenantId;
  const meant = closest(name, known);
  const hint = meant === null ? "" : `; did you mean \`${meant}\`?`;
  throw new LifecycleError(
    "not_found",
    `the policy has no tenant of that name${hint}; of one that has left it, say \`evenIfNotInPolicy\``,
  );
}

/** A key by its handle; or those of a person, or of a tenant's requests that named nobody, of all months or some. */
export interface KeyTarget {
  readonly subject?: string | undefined;
  readonly tenant?: string | undefined;
  readonly evenIfNotInPolicy?: true | undefined;
  readonly person?: string | undefined;
  readonly months?: readonly string[] | undefined;
}

/** The members of an input that say whose keys are meant. */
export const target: { readonly [Member in keyof KeyTarget]-?: z.ZodType<KeyTarget[Member]> } = {
  subject: handle.optional(),
  tenant: tenant.optional(),
  evenIfNotInPolicy: namedTenant.evenIfNotInPolicy,
  person: person.optional(),
  months: z.array(month).min(1).optional(),
};

/** Which keys are meant; at least one. */
export async function handlesOf(
  access: LifecycleAccess,
  { subject, tenant, person, months, evenIfNotInPolicy: isTakenAsItIs }: KeyTarget,
): Promise<readonly string[]> {
  if ((subject === undefined) === (tenant === undefined)) {
    throw new LifecycleError("invalid_request", "expected either `subject` or `tenant`");
  }
  if (subject !== undefined) {
    if (person === undefined && months === undefined) return [subject];
    throw new LifecycleError("invalid_request", "a handle is one person's and one month's already");
  }
  const named = requireTenant(access, { tenant: tenant ?? "", evenIfNotInPolicy: isTakenAsItIs });
  const found = await access.vault.handlesOf({ tenant: named, person: person ?? null }, months);
  if (found.length > 0) return found.map(({ handle }) => handle);
  throw new LifecycleError(
    "not_found",
    "there is no key of that subject: nothing was recorded of it here, or it is erased already",
  );
}
