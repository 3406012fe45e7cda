import type { CellId } from "../base/index.ts";
import { noClaims, type Policy, requestFacts } from "../config/index.ts";
import type { Deployment } from "../law/index.ts";

/** A policy as the analyses of the law see it. */
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
