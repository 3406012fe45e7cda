// Tenants with limits of each kind, before engines that cost money: `far` ten times what `near` does.
import { keyHash } from "./test-cell.ts";

export interface LimitedPolicy {
  readonly tenantLimits?: string;
  readonly teamLimits?: string;
  readonly keyLimits?: string;
  /** What a million tokens cost at `near`, read and written. */
  readonly prices?: readonly [number, number];
}

/** `buyer` has keys `sk-buyer`, in no team, and `sk-one` to `sk-three`, in team `search`; `other` has no limits. */
export function limitedPolicy({
  tenantLimits = "{}",
  teamLimits = "{}",
  keyLimits = "{}",
  prices = [1, 2],
}: LimitedPolicy): string {
  const [read, written] = prices;
  return `
bailiwick: 1
deployment: test.example
law:
  packs: [eu-gdpr]
operators:
  rhein-cloud: { home: DE }
cells:
  eu-frankfurt: { place: DE, url: https://eu.test.example, operator: rhein-cloud }
endpoints:
  near: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }
  far: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }
models:
  cheap:
    tokens: { context: 1000, output: 200 }
    served-by: { near: { model: assistant, price: { input: ${read}, output: ${written}, currency: EUR } } }
  assistant:
    tokens: { context: 1000, output: 200 }
    served-by:
      near: { model: assistant, price: { input: ${read}, output: ${written}, currency: EUR } }
      far: { model: assistant, order: 2, price: { input: ${read * 10}, output: ${written * 10}, currency: EUR } }
tenants:
  buyer:
    established: DE
    subjects: DE
    class: personal
    limits: ${tenantLimits}
    teams: { search: { limits: ${teamLimits} } }
    keys:
      alone: { sha256: ${keyHash("sk-buyer")} }
      one: { sha256: ${keyHash("sk-one")}, team: search, limits: ${keyLimits} }
      two: { sha256: ${keyHash("sk-two")}, team: search }
      three: { sha256: ${keyHash("sk-three")}, team: search }
  other: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-other")} } } }
`;
}
