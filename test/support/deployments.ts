// Deployments to analyse: generated ones, and small ones to write cases with.
import * as fc from "fast-check";
import type { EndpointId, ModelAlias, TenantId } from "../../src/base/index.ts";
import {
  type AnalysedModel,
  type AnalysedTenant,
  type CheckOptions,
  checkPolicy,
  type CheckReport,
  type Deployment,
  type Facts,
  type LawPolicy,
} from "../../src/law/index.ts";
import { anyFacts, anyLawPolicy } from "./law-arbitraries.ts";
import { sampleFacts } from "./law-samples.ts";

/** Two tenants, and a model on every endpoint. */
export const anyDeployment: fc.Arbitrary<Deployment> = fc
  .tuple(anyLawPolicy, anyFacts, anyFacts)
  .map(([law, ...facts]) => ({
    law,
    tenants: facts.map((each, index) => sampleTenant(`tenant-${index + 1}`, each)),
    models: [everyEndpoint(law)],
  }));

/** One tenant of a controller in DE, with personal data of people there. */
export function sampleDeployment(law: LawPolicy, facts: Partial<Facts> = {}): Deployment {
  return { law, tenants: [sampleTenant("demo", sampleFacts(facts))], models: [everyEndpoint(law)] };
}

export function sampleTenant(id: string, facts: Facts): AnalysedTenant {
  return { id: id as TenantId, facts: { ...facts, tenant: id as TenantId }, models: null };
}

export function modelOn(endpoints: readonly string[], alias = "assistant"): AnalysedModel {
  return { alias: alias as ModelAlias, servedBy: new Set(endpoints as readonly EndpointId[]) };
}

export function checked(deployment: Deployment, options: Partial<CheckOptions> = {}): CheckReport {
  const walk = checkPolicy(deployment, { fromMs: 0, untilMs: 10, ...options });
  let step = walk.next();
  while (step.done !== true) step = walk.next();
  return step.value;
}

function everyEndpoint({ endpoints }: LawPolicy): AnalysedModel {
  return modelOn(endpoints.map(({ id }) => id));
}
