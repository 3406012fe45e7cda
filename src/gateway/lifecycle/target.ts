import { z } from "zod";
import type { TenantId } from "../../base/index.ts";
import { maxPersonLength, personPattern } from "../person.ts";
import type { Custody } from "./custody.ts";
import { LifecycleError } from "./lifecycle-error.ts";

export const handle: z.ZodString = z.string().regex(/^[0-9a-f]{32}$/, "expected a handle of 32 hex digits");
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "expected a month such as `2026-11`");
const tenant = z.string().regex(/^[a-z0-9-]{1,63}$/, "expected a tenant of the policy");
const person = z
  .string()
  .regex(personPattern, `expected what \`bailiwick-subject\` said, ${maxPersonLength} characters at most`);

/** A key by its handle; or those of a person, or of a tenant's requests that named nobody, of all months or some. */
export interface Target {
  readonly subject?: string | undefined;
  readonly tenant?: string | undefined;
  readonly person?: string | undefined;
  readonly months?: readonly string[] | undefined;
}

/** The members of an input that say whose keys are meant. */
export const target: { readonly [Member in keyof Target]-?: z.ZodType<Target[Member]> } = {
  subject: handle.optional(),
  tenant: tenant.optional(),
  person: person.optional(),
  months: z.array(month).min(1).optional(),
};

/** Which keys are meant; at least one. */
export async function handlesOf(
  { vault }: Custody,
  { subject, tenant, person, months }: Target,
): Promise<readonly string[]> {
  if ((subject === undefined) === (tenant === undefined)) {
    throw new LifecycleError("invalid_request", "expected either `subject` or `tenant`");
  }
  if (subject !== undefined) {
    if (person === undefined && months === undefined) return [subject];
    throw new LifecycleError("invalid_request", "a handle is one person's and one month's already");
  }
  const found = await vault.handlesOf({ tenant: tenant as TenantId, person: person ?? null }, months);
  if (found.length > 0) return found.map(({ handle }) => handle);
  throw new LifecycleError(
    "not_found",
    "there is no key of that subject: nothing was recorded of it here, or it is erased already",
  );
}
