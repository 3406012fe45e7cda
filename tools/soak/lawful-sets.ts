// The policy of the soak, and beside it the lawful sets as a table that a person can check. Nothing here asks the product.
import { createHash } from "node:crypto";
import type { NoteSigner } from "../../src/ledger/index.ts";
import { formatNoteKey } from "../../src/ledger/index.ts";
import { signerOf } from "../../test/support/legal-notes.ts";
import { embedder, limitsText, priceText, rateLimitsText, tokenBounds } from "./money.ts";

export const deployment = "soak.example";
export const cellName = "eu-frankfurt";

/** Signs the legal events. */
export const counsel: NoteSigner = signerOf("soak counsel", `${deployment}/legal`);

/** `sgp-1` is lawful for nobody: not even a connection may be opened to it. `fra-4` comes and goes with the policy. */
export const engineSites = {
  "fra-1": { place: "DE", operator: "rhein-cloud" },
  "fra-2": { place: "DE", operator: "rhein-cloud" },
  "fra-3": { place: "DE", operator: "pacific-cloud" },
  "fra-4": { place: "DE", operator: "rhein-cloud" },
  "par-1": { place: "FR", operator: "loire-cloud" },
  "iad-1": { place: "US", operator: "pacific-cloud" },
  "sgp-1": { place: "SG", operator: "merlion-cloud" },
} as const;

export type EngineName = keyof typeof engineSites;
export const engineNames = Object.keys(engineSites) as EngineName[];

/** Engines that the cell may ask before its decision is durable: of its own operator, at its own place. */
export const enginesInCell: ReadonlySet<EngineName> = new Set(["fra-1", "fra-2", "fra-4"]);
export const forbiddenEngine: EngineName = "sgp-1";
export const comingEngine: EngineName = "fra-4";

interface TenantLaw {
  /** Of the policy. */
  readonly terms: string;
  readonly lawful: ReadonlySet<EngineName>;
}

const inTheEea: readonly EngineName[] = ["fra-1", "fra-2", "fra-3", "fra-4", "par-1"];

export const tenants = {
  bank: { terms: "class: personal, requires: { residency: EEA }", lawful: new Set(inTheEea) },
  clinic: {
    terms: "class: health, requires: { sovereignty: DE }",
    lawful: new Set<EngineName>(["fra-1", "fra-2", "fra-4"]),
  },
  /** By standard contractual clauses with the operator of `iad-1`. */
  trader: { terms: "class: personal", lawful: new Set<EngineName>([...inTheEea, "iad-1"]) },
  /** Who floods. */
  limited: {
    terms: "class: personal, requires: { residency: EEA }",
    lawful: new Set(inTheEea),
  },
  /** Whose budget ends before the run does. */
  thrifty: { terms: "class: personal, requires: { residency: EEA }", lawful: new Set(inTheEea) },
  /** Comes and goes with the policy. */
  newcomer: {
    terms: "class: personal, requires: { residency: DE }",
    lawful: new Set<EngineName>(["fra-1", "fra-2", "fra-3", "fra-4"]),
  },
} as const satisfies Readonly<Record<string, TenantLaw>>;

export type TenantName = keyof typeof tenants;
export const comingTenant: TenantName = "newcomer";

/** Of those that never leave. */
export const lastingTenants = ["bank", "clinic", "trader", "limited", "thrifty"] as const;

/** Each tenant has two: the first is in a team and has limits of its own. */
export const keyNames = ["a", "b"] as const;
export type KeyName = (typeof keyNames)[number];

export function keyOf(tenant: string, key: KeyName): string {
  return `sk-soak-${tenant}-${key}`;
}

export interface LegalTarget {
  readonly kind: "endpoint" | "operator" | "region" | "mechanism";
  readonly name: string;
  /** What it takes away from everybody. */
  readonly engines: readonly EngineName[];
}

/** None takes all engines from anybody, so that 451 is never lawful. */
export const legalTargets: readonly LegalTarget[] = [
  { kind: "endpoint", name: "fra-2", engines: ["fra-2"] },
  { kind: "operator", name: "pacific-cloud", engines: ["fra-3", "iad-1"] },
  { kind: "region", name: "FR", engines: ["par-1"] },
  { kind: "mechanism", name: "trader-scc", engines: ["iad-1"] },
];

export type EngineUrls = Readonly<Record<EngineName, string>>;

export function policyText(urls: EngineUrls, { withComing }: { readonly withComing: boolean }): string {
  const present = engineNames.filter((name) => withComing || name !== comingEngine);
  const members = (Object.keys(tenants) as TenantName[]).filter(
    (name) => withComing || name !== comingTenant,
  );
  const modelText = (model: string): string => {
    const served = present
      .map((name) => `${name}: { model: m, price: ${priceText(name, model)} }`)
      .join(", ");
    return `tokens: { context: ${tokenBounds.context}, output: ${tokenBounds.output} }, served-by: { ${served} }`;
  };
  return `
bailiwick: 1
deployment: ${deployment}
law:
  event-keys: ["${formatNoteKey(counsel.key)}"]
  packs: [eu-gdpr]
  mechanisms:
    trader-scc: { kind: scc-2021-914-m2, from: trader, to: pacific-cloud, tia: TIA-17 }
operators:
  rhein-cloud: { home: DE }
  loire-cloud: { home: FR }
  pacific-cloud: { home: US }
  merlion-cloud: { home: SG }
cells: { ${cellName}: { place: DE, url: https://eu.${deployment}, operator: rhein-cloud } }
endpoints:
${present.map((name) => endpointLine(name, urls[name])).join("\n")}
models:
  assistant: { ${modelText("assistant")} }
  fast: { mode: performance-first, ${modelText("fast")} }
  ${embedder}: { ${modelText(embedder)} }
tenants:
${members.map(tenantLine).join("\n")}
`;
}

function endpointLine(name: EngineName, url: string): string {
  const { place, operator } = engineSites[name];
  return `  ${name}: { cell: ${cellName}, engine: openai-compatible, url: ${url}, operator: ${operator}, place: ${place} }`;
}

function tenantLine(name: TenantName): string {
  const hash = (key: KeyName): string => createHash("sha256").update(keyOf(name, key)).digest("hex");
  const rates = rateLimitsText(name);
  return `  ${name}: { established: DE, subjects: DE, ${tenants[name].terms}, limits: ${limitsText(name)}, teams: { desk: { limits: ${rates} } }, keys: { a: { sha256: ${hash("a")}, team: desk, limits: ${rates} }, b: { sha256: ${hash("b")} } } }`;
}

/** A circuit stays open for half a minute at most; then whatever was wrong with an engine is over for its callers too. */
export const longestMemoryMs = 32_000;

/** Short, so that a run of a minute sees the ends of them. Every bound of the verdicts follows from these. */
export const limits = {
  deadlineMs: 4_000,
  headersTimeoutMs: 2_000,
  idleTimeoutMs: 2_000,
  drainTimeoutMs: 3_000,
} as const;

export const sealIntervalMs = 500;

export function cellText(threads: number): string {
  return `
bailiwick-cell: 1
cell: ${cellName}
listen: 127.0.0.1:0
admin: 127.0.0.1:0
gateway-threads: ${threads}
seal-interval-ms: ${sealIntervalMs}
limits:
  deadline-ms: ${limits.deadlineMs}
  headers-timeout-ms: ${limits.headersTimeoutMs}
  idle-timeout-ms: ${limits.idleTimeoutMs}
  drain-timeout-ms: ${limits.drainTimeoutMs}
`;
}
