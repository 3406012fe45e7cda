// The same question asked of Cedar: one authorization for each endpoint, with the policies parsed beforehand and with the
// tenant, the endpoint and its cell as the only entities, made once. Entities and context cross into WebAssembly as JSON
// at each call: the library knows no other way.
import {
  type EntityJson,
  preparsePolicySet,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from "@cedar-policy/cedar-wasm/nodejs";
import type { EndpointId } from "../src/base/index.ts";
import { type Cell, type Endpoint, evidenceClasses, type Facts, type LawPolicy } from "../src/law/index.ts";
import { cedarPolicies } from "./cedar-policies.ts";

/** A call for each endpoint. */
export type CedarQuestion = readonly {
  readonly endpoint: EndpointId;
  readonly call: StatefulAuthorizationCall;
}[];

export function prepareCedar(name: string, law: LawPolicy): void {
  const answer = preparsePolicySet(name, { staticPolicies: cedarPolicies(law) });
  if (answer.type === "failure") throw new Error(answer.errors.map(({ message }) => message).join("\n"));
}

export function cedarQuestion(
  name: string,
  { law, facts }: { law: LawPolicy; facts: Facts },
  nowMs: number,
): CedarQuestion {
  const principal = tenantEntity(facts);
  const cells = new Map(law.cells.map((cell) => [cell.id, cell]));
  const context = contextOf(facts, nowMs);
  return law.endpoints.map((endpoint) => {
    const cell = cells.get(endpoint.cell);
    if (cell === undefined) throw new Error(`\`${endpoint.id}\` has no cell`);
    const call = {
      principal: { type: "Tenant", id: facts.tenant },
      action: { type: "Action", id: "infer" },
      resource: { type: "Endpoint", id: endpoint.id },
      context,
      preparsedPolicySetId: name,
      entities: [principal, endpointEntity(endpoint, cell), cellEntity(cell)],
    };
    return { endpoint: endpoint.id, call };
  });
}

/** The endpoints that Cedar allows. A policy that errs would be skipped by it, which for a forbid is no answer. */
export function askCedar(question: CedarQuestion): readonly EndpointId[] {
  return question.filter(({ call }) => isAllowed(call)).map(({ endpoint }) => endpoint);
}

function isAllowed(call: StatefulAuthorizationCall): boolean {
  const answer = statefulIsAuthorized(call);
  if (answer.type === "failure") throw new Error(answer.errors.map(({ message }) => message).join("\n"));
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) throw new Error(JSON.stringify(diagnostics.errors));
  return decision === "allow";
}

function tenantEntity({ tenant, exporter, requirements }: Facts): EntityJson {
  if (exporter !== null && exporter !== (tenant as string))
    throw new Error(`\`${tenant}\` exports as another`);
  const attrs: Record<string, string[]> = {};
  for (const { level, zone } of requirements) {
    if (level === "full-stack" || level in attrs) throw new Error(`\`${level}\` is not put into Cedar`);
    attrs[level] = [...zone];
  }
  return { uid: { type: "Tenant", id: tenant }, attrs, parents: [] };
}

function endpointEntity(endpoint: Endpoint, cell: Cell): EntityJson {
  const controllers = controllersOf(endpoint);
  const attrs = {
    ...sitingOf(endpoint),
    cell: { __entity: { type: "Cell", id: cell.id } },
    processors: [...controllers, ...controllersOf(cell)],
    evidence: evidenceClasses.indexOf(endpoint.evidence),
  };
  return { uid: { type: "Endpoint", id: endpoint.id }, attrs, parents: [] };
}

function cellEntity(cell: Cell): EntityJson {
  const attrs = { ...sitingOf(cell), processors: controllersOf(cell) };
  return { uid: { type: "Cell", id: cell.id }, attrs, parents: [] };
}

function sitingOf(siting: Endpoint | Cell): { places: string[]; controllers: string[]; operator: string } {
  const places = [...new Set([...siting.computes, ...siting.stores])];
  if (siting.computes.length === 0 || siting.stores.length === 0)
    throw new Error(`\`${siting.id}\` is nowhere`);
  // Parts of countries would need sets that stand for their members.
  if (places.some((place) => place.length > 2)) throw new Error(`\`${siting.id}\` is not in a bare country`);
  return { places, controllers: controllersOf(siting), operator: siting.operator.id };
}

function controllersOf({ operator }: Endpoint | Cell): string[] {
  const isTimed = operator.parents.some(
    ({ validity }) => validity.fromMs !== null || validity.untilMs !== null,
  );
  if (isTimed) throw new Error(`\`${operator.id}\` changes hands, which is not put into Cedar`);
  return [operator.home, ...operator.parents.map(({ home }) => home)];
}

function contextOf(facts: Facts, nowMs: number): StatefulAuthorizationCall["context"] {
  return {
    now: nowMs,
    subjectPlaces: values(facts.subjectPlaces),
    citizenships: values(facts.subjectCitizenships),
    residences: [...values(facts.subjectResidences), ...values(facts.subjectPlaces)],
    controllerPlaces: [...facts.controllerPlaces],
    classes: values(facts.classes),
    sector: facts.sector ?? "",
    levels: facts.requirements.map(({ level }) => level),
  };
}

function values(claims: readonly { readonly value: string }[]): string[] {
  return claims.map(({ value }) => value);
}
