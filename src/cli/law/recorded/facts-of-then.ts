// Whose request it was and what was known of it: what the entry records, and what the policy says of the tenant.
import type { Place } from "../../../base/index.ts";
import { claimed, noClaims, type Policy, requestFacts, type Tenant } from "../../../config/index.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import {
  bases,
  type Basis,
  type Claim,
  dataClasses,
  type DataClass,
  type Facts,
} from "../../../law/index.ts";
import type { StoredDecision } from "../../../ledger/index.ts";
import { requireKnown } from "../../terminal/known-name.ts";
import { listOf } from "../../terminal/quoted-list.ts";

/** What a cell's log calls a tenant; null: the keys of that cell are not at hand. */
export type HandleOf = ((tenant: string) => Promise<string>) | null;

export type TenantOfThen =
  | { readonly kind: "tenant"; readonly tenant: Tenant; readonly assumed: string | null }
  | { readonly kind: "unknown"; readonly reason: string };

const maxListed = 6;

/** `named` is who it was, as somebody says; where the cell's keys are at hand they settle it. */
export async function tenantOfThen(
  policy: Policy,
  decision: StoredDecision,
  { named, handleOf }: { readonly named: string | null; readonly handleOf: HandleOf },
): Promise<TenantOfThen> {
  const fitting = Array.from(policy.tenants.values()).filter((tenant) => fits(tenant, decision));
  if (named !== null) return namedTenant(policy, decision, { named, handleOf, fitting });
  if (handleOf !== null) return tenantOfHandle(decision, fitting, handleOf);
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) {
    const assumed = `the tenant is \`${only.id}\`: no other contract of the policy fits what the entry records`;
    return { kind: "tenant", tenant: only, assumed };
  }
  return { kind: "unknown", reason: untold(decision, fitting) };
}

function untold({ tenant }: StoredDecision, fitting: readonly Tenant[]): string {
  if (fitting.length === 0) return "no tenant of the policy has a contract that fits what the entry records";
  const listed = listOf(fitting.slice(0, maxListed).map(({ id }) => id));
  const more = fitting.length > maxListed ? ` and ${fitting.length - maxListed} more` : "";
  return (
    `the entry names its tenant by the handle ${tenant} alone, and by their contracts it may be ${listed}${more}; ` +
    "say which with `--tenant`, or give the cell file with `--config`"
  );
}

async function namedTenant(
  policy: Policy,
  decision: StoredDecision,
  {
    named,
    handleOf,
    fitting,
  }: { readonly named: string; readonly handleOf: HandleOf; readonly fitting: readonly Tenant[] },
): Promise<TenantOfThen> {
  const name = requireKnown(policy, "tenant", named);
  const tenant = fitting.find(({ id }) => id === name);
  if (tenant === undefined) {
    throw new UnusableInputError([
      `tenant \`${name}\` is not the one of the request: its contract says other places or classes than the entry records`,
    ]);
  }
  const handle = await handleOf?.(name);
  if (handle !== undefined && handle !== decision.tenant) {
    throw new UnusableInputError([
      `tenant \`${name}\` is not the one of the request: the cell's log calls it ${handle}, and the entry says ${decision.tenant}`,
    ]);
  }
  const assumed =
    handle === undefined
      ? `the tenant is \`${name}\`, as \`--tenant\` says: its handle was not checked`
      : null;
  return { kind: "tenant", tenant, assumed };
}

async function tenantOfHandle(
  decision: StoredDecision,
  fitting: readonly Tenant[],
  handleOf: NonNullable<HandleOf>,
): Promise<TenantOfThen> {
  for (const tenant of fitting) {
    if ((await handleOf(tenant.id)) === decision.tenant) return { kind: "tenant", tenant, assumed: null };
  }
  return {
    kind: "unknown",
    reason: `no tenant of the policy has the handle ${decision.tenant} by this cell's keys, and a contract that fits the entry`,
  };
}

/** Whether its contract may have led to what is recorded: a choice among several subjects leaves some of them out. */
function fits({ subjects, classes, maySelect, models }: Tenant, decision: StoredDecision): boolean {
  const recorded = new Set(ofContract(decision));
  const isOfContract = Array.from(recorded).every((place) => subjects.some((each) => each === place));
  return (
    isOfContract &&
    (maySelect.size > 0 || subjects.every((place) => recorded.has(place))) &&
    classes.every((each) => decision.classes.includes(each)) &&
    (models === null || decision.model === null || models.some((alias) => alias === decision.model))
  );
}

function ofContract({ places }: StoredDecision): readonly Place[] {
  return places.filter(({ basis }) => basis === "tenant-contract").map(({ place }) => place);
}

export interface FactsOfThen {
  readonly facts: Facts;
  /** What is taken to have been so, since no entry says it. */
  readonly assumed: readonly string[];
}

/** Recorded claims as they stand, with whatever else the contract says. */
export function factsOfThen(
  tenant: Tenant,
  { cell, places, classes }: StoredDecision,
  citizenships: readonly Place[],
): FactsOfThen {
  const claims = { ...noClaims, citizenships: claimed(citizenships, "jwt-claim") };
  const contract = requestFacts(tenant, claims, cell);
  const contractClasses: ReadonlySet<string> = new Set(tenant.classes);
  return {
    facts: {
      ...contract,
      subjectPlaces: places.map(({ place, basis }): Claim<Place> => ({
        value: place,
        basis: basisOf(basis),
      })),
      // An entry has no basis of a class, and no rule looks at it.
      classes: dataClasses
        .filter((each) => classes.includes(each))
        .map((value): Claim<DataClass> => ({
          value,
          basis: contractClasses.has(value) ? "tenant-contract" : "header",
        })),
    },
    assumed: assumptions(tenant, classes, citizenships),
  };
}

function assumptions(
  tenant: Tenant,
  classes: readonly string[],
  citizenships: readonly Place[],
): readonly string[] {
  const added = classes.filter((each) => !tenant.classes.some((own) => own === each));
  const mayClaim = (tenant.tokens?.claims.citizenship ?? null) !== null;
  return [
    ...(added.length > 0
      ? [`a header said ${added.join(", ")}: an entry has no basis of a class, and no rule looks at it`]
      : []),
    ...(mayClaim && citizenships.length === 0
      ? ["its token claimed no citizenship: an entry does not record it; say one with `--citizenship`"]
      : []),
  ];
}

function basisOf(word: string): Basis {
  return bases.find((each) => each === word) ?? "header";
}
