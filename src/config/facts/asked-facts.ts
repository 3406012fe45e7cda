import { type CellId, fail, type InstantMs, ok, type Result, type TenantId } from "../../base/index.ts";
import type { Facts, Suspension } from "../../law/index.ts";
import { lookUp, unknownName } from "../policy/look-up.ts";
import { readOrders } from "./orders.ts";
import { buildTenant } from "../policy/build-policy.ts";
import { addableSections, type FactsDocument } from "../schema/facts-schema.ts";
import type { Model, Policy, Tenant } from "../values/policy.ts";
import { claimed, type RequestClaims, requestFacts } from "./request-facts.ts";

/** A request that nobody sent yet. */
export interface AskedRequest {
  readonly id: string | null;
  /** Null: now. */
  readonly atMs: InstantMs | null;
  /** Null: no cell was named. */
  readonly cell: CellId | null;
  readonly facts: Facts;
  /** What it may be served by: the model that was asked for, or all that its tenant may use. */
  readonly models: readonly Model[];
  /** Orders that stand, beside those of the policy. */
  readonly orders: readonly Suspension[];
}

/** What `document` asks of `policy`, or why that cannot be asked. */
export function askRequest(policy: Policy, document: FactsDocument): Result<AskedRequest, string> {
  const tenant = tenantOf(policy, document);
  if (!tenant.ok) return tenant;
  const cell = document.cell ?? null;
  const known = cell === null ? ok(null) : lookUp(policy, "cell", cell);
  if (!known.ok) return known;
  const models = modelsOf(policy, tenant.value, document.model);
  if (!models.ok) return models;
  const orders = readOrders(policy, document.orders);
  if (!orders.ok) return orders;
  const contract = requestFacts(tenant.value, claimsOf(document), (cell ?? "") as CellId);
  const facts = { ...contract, persons: document.persons ?? contract.persons };
  return ok({
    id: document.id ?? null,
    atMs: document.at ?? null,
    cell: cell as CellId | null,
    // Whoever has no name has put no mechanism in place, unless the facts say as whom it exports.
    facts: document.tenant === undefined ? { ...facts, exporter: document.entity ?? null } : facts,
    models: models.value,
    orders: orders.value,
  });
}

function tenantOf(policy: Policy, document: FactsDocument): Result<Tenant, string> {
  if (document.tenant === undefined) return stranger(document);
  const tenant = policy.tenants.get(document.tenant as TenantId);
  if (tenant === undefined) return fail(unknownName("tenant", document.tenant, policy.tenants.keys()));
  const settled = Object.entries(document).find(
    ([member, value]) => !besideTenant.has(member) && isSaid(value),
  );
  if (settled === undefined) return ok(tenant);
  return fail(
    `\`${settled[0]}\` is settled by the contract of tenant \`${tenant.id}\`; leave \`tenant\` out to examine other facts`,
  );
}

/** What a line may say beside `tenant`: claims that add to its contract, and what is no fact of the request. */
const besideTenant: ReadonlySet<string> = new Set([
  "subjects",
  "citizenships",
  "class",
  "claims",
  "orders",
  "persons",
  "id",
  "at",
  "tenant",
  "cell",
  "model",
  ...addableSections,
]);

/** Defaults are empty: they say nothing. */
function isSaid(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value !== undefined;
  return Object.keys(value).length > 0;
}

/** A tenant without a contract: it is what the facts say it is. */
function stranger(document: FactsDocument): Result<Tenant, string> {
  const wishes = Object.values(document.requires ?? {});
  const hasZone = wishes.every((zone) => zone !== null && zone !== true);
  if (!hasZone && document.subjects?.length !== 1) {
    return fail("`requires` names no zone, and `subjects` is not the one place that it would mean");
  }
  const { established = [], class: classes = [] } = document;
  const settings = { keys: {}, limits: {}, teams: {}, signals: { "may-select": [] }, models: undefined };
  const persons = document.persons ?? 1;
  return ok(buildTenant("", { ...document, ...settings, persons, established, class: classes }));
}

function claimsOf(document: FactsDocument): RequestClaims {
  // Without a tenant these members are the contract itself.
  const own = document.tenant === undefined ? [] : [{ ...document, basis: "header" as const }];
  const all = [...own, ...document.claims];
  return {
    subjects: all.flatMap(({ subjects, basis }) => claimed(subjects ?? [], basis)),
    citizenships: all.flatMap(({ citizenships, basis }) => claimed(citizenships ?? [], basis)),
    classes: all.flatMap(({ class: classes, basis }) => claimed(classes ?? [], basis)),
  };
}

function modelsOf(
  policy: Policy,
  tenant: Tenant,
  alias: string | undefined,
): Result<readonly Model[], string> {
  const allowed = tenant.models ?? Array.from(policy.models.keys());
  const wanted = alias === undefined ? allowed : allowed.filter((each) => each === alias);
  if (alias !== undefined && wanted.length === 0) return fail(unknownName("model", alias, allowed));
  return ok(wanted.map((each) => policy.models.get(each)).filter((model) => model !== undefined));
}
