import type { CellId } from "../../base/index.ts";
import type { Deployment } from "../../law/index.ts";
import type { Policy } from "./policy.ts";
import { noClaims, requestFacts } from "../facts/request-facts.ts";

/** A policy as the analyses see it: each tenant with the facts that a cell would make of its contract. */
export function deploymentOf({ law, tenants, models }: Policy): Deployment {
  return {
    law,
    tenants: Array.from(tenants.values(), (tenant) => ({
      id: tenant.id,
      facts: requestFacts(tenant, noClaims, "" as CellId),
      models: tenant.models,
    })),
    models: Array.from(models.values(), ({ alias, servedBy }) => ({
      alias,
      servedBy: new Set(servedBy.keys()),
    })),
  };
}
