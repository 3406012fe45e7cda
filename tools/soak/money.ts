// What tenants may use, and what the engines cost: tables that a person can check. All money is in units of 10⁻¹² EUR.
import type { EngineName, TenantName } from "./lawful-sets.ts";

export const unitsPerEuro = 1e12;

/** EUR for a million tokens, read and written; embeddings write none. Each engine has another one, so that a mistaken one is seen. */
export const pricesPerMillion: Readonly<Record<EngineName, readonly [read: number, written: number]>> = {
  "fra-1": [1, 3],
  "fra-2": [2, 5],
  "fra-3": [3, 7],
  // The dearest: a start with a policy that does not name it values it so (docs/limits.md).
  "fra-4": [7, 17],
  "par-1": [5, 11],
  "iad-1": [6, 13],
  "sgp-1": [7, 17],
};

/**
 * Of each model. Fewer read than any body has bytes, and callers ask for `output` written or say nothing: so a request's
 * bound is the model's, and the same before a restart and after it.
 */
export const tokenBounds = { context: 40, output: 20 } as const;

export interface TenantLimits {
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  readonly concurrentRequests: number;
  readonly budgetEuro: number;
}

const ample: TenantLimits = {
  requestsPerMinute: 60_000,
  tokensPerMinute: 10_000_000,
  concurrentRequests: 2_000,
  budgetEuro: 1_000,
};

export const tenantLimits: Readonly<Record<TenantName, TenantLimits>> = {
  bank: ample,
  clinic: ample,
  trader: ample,
  /** Who floods. */
  limited: { requestsPerMinute: 240, tokensPerMinute: 20_000, concurrentRequests: 4, budgetEuro: 1_000 },
  /** Whose money is soon spent. */
  thrifty: { ...ample, budgetEuro: 0.004 },
  newcomer: ample,
};

/** `{ … }` of a tenant, in the policy. */
export function limitsText(tenant: TenantName): string {
  const { budgetEuro } = tenantLimits[tenant];
  return `${ratesText(tenantLimits[tenant]).slice(0, -2)}, budget: { amount: ${budgetEuro}, currency: EUR, per: month } }`;
}

/** Of its teams and keys, which have no budgets. */
export function rateLimitsText(tenant: TenantName): string {
  return ratesText(tenantLimits[tenant]);
}

function ratesText({ requestsPerMinute, tokensPerMinute, concurrentRequests }: TenantLimits): string {
  return `{ requests-per-minute: ${requestsPerMinute}, tokens-per-minute: ${tokensPerMinute}, concurrent-requests: ${concurrentRequests} }`;
}

/** Vectors are written by nobody's token, so that what nobody knows of one costs the same before a restart and after it. */
export const embedder = "embedder";

export function priceText(engine: EngineName, model: string): string {
  const [read] = pricesPerMillion[engine];
  const written = model === embedder ? 0 : pricesPerMillion[engine][1];
  return `{ input: ${read}, output: ${written}, currency: EUR }`;
}
