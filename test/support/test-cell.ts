// One cell in this process, of real parts: law, ledger on a temporary directory, vault, upstreams over loopback.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type CellId, decodeUtf8 } from "../../src/base/index.ts";
import { type CellLimits, formatFinding, parsePolicy, type Policy } from "../../src/config/index.ts";
import {
  type Gateway,
  type GatewayParts,
  type GeoIp,
  openLegalRegister,
  RecordShelf,
  startGateway,
} from "../../src/gateway/index.ts";
import { type KeyService, sha256 } from "../../src/keys/index.ts";
import { type Entry, parseEntry } from "../../src/ledger/index.ts";
import {
  instantTiming,
  openUpstreams,
  startSimulatedEngine,
  type Timing,
} from "../../src/providers/index.ts";
import { type Ledger, openLedger } from "../../src/store/index.ts";
import { createLogger, createMetrics } from "../../src/telemetry/index.ts";
import { openTestVault } from "./open-test-vault.ts";

type SimulatedEngine = Awaited<ReturnType<typeof startSimulatedEngine>>;

export interface TestCellOptions {
  readonly policy?: string;
  readonly cell?: string;
  /** To start in what an earlier cell left; removed by whoever made it. */
  readonly directory?: string;
  readonly limits?: Partial<CellLimits>;
  /** Endpoints that the test itself plays, by URL; all others of the cell are simulated engines. */
  readonly urls?: Readonly<Record<string, string>>;
  /** What such an endpoint is called with, as a bearer token. */
  readonly apiKeys?: Readonly<Record<string, string>>;
  readonly timing?: Timing;
  readonly geoIp?: GeoIp;
  readonly witness?: GatewayParts["witness"];
  readonly isQuorumRequired?: boolean;
  /** What the ledger says of its cosignatures. */
  readonly quorumMissingSinceMs?: number | null;
  readonly trustedProxies?: GatewayParts["trustedProxies"];
  readonly copies?: GatewayParts["copies"];
  readonly now?: () => number;
  /** Resolves when the disk has what it was given, or rejects as a disk may; the ledger acknowledges after it. */
  readonly disk?: () => Promise<void>;
  /** Instead of the one of development. */
  readonly keyService?: KeyService;
}

export interface TestCell {
  readonly gateway: Gateway;
  /** Of its legal events. */
  readonly legalDirectory: string;
  readonly ledger: Ledger;
  /** Every entry that was acknowledged, in order. */
  readonly entries: readonly Entry[];
  readonly logLines: readonly string[];
  /** Of the simulated engines of this cell. */
  readonly engineUrls: ReadonlyMap<string, string>;
  metrics(): string;
  setFault(endpoint: string, mode: string, after?: number): Promise<void>;
  requestsAt(endpoint: string): Promise<number>;
}

/** The API key that {@link testPolicy} knows `tenant` by. */
export function keyOf(tenant: string): string {
  return `sk-${tenant}`;
}

export const testAdminToken = "0123456789abcdef0123456789abcdef";

/** For a policy's `keys`. */
export function keyHash(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

export const defaultLimits: CellLimits = {
  maxHeaderBytes: 32 * 1024,
  maxBodyBytes: 1024 * 1024,
  deadlineMs: 10_000,
  headersTimeoutMs: 10_000,
  idleTimeoutMs: 5_000,
  drainTimeoutMs: 5_000,
};

/** Starts a cell and ends it, with its engines and its directory, when the test ends. */
export async function startTestCell(t: TestContext, options: TestCellOptions = {}): Promise<TestCell> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "bailiwick-"));
  const policy = readTestPolicy(options.policy ?? testPolicy);
  const cell = (options.cell ?? "eu-frankfurt") as CellId;
  const engines = await startEngines(policy, { ...options, cell });
  const engineUrls = new Map(Array.from(engines, ([endpoint, { url }]) => [endpoint, url]));
  const now = options.now ?? Date.now;
  const upstreams = openUpstreams(
    addressesOf(policy, cell, {
      urls: { ...options.urls, ...Object.fromEntries(engineUrls) },
      apiKeys: options.apiKeys ?? {},
    }),
    now,
  );
  const { ledger, entries } = recording(await openTestLedger(directory, policy, cell), options);
  const metrics = createMetrics();
  const logLines: string[] = [];
  const gateway = await startGateway({
    policy,
    cell,
    legal: openLegalRegister({
      directory: join(directory, "legal"),
      deployment: policy.deployment,
      keys: policy.eventKeys,
    }),
    ledger,
    vault: await openTestVault(directory, options.keyService && { service: options.keyService }),
    records: new RecordShelf({
      directory: join(directory, "records"),
      deployment: policy.deployment,
      cell,
    }),
    replayMarkFile: join(directory, "vault", "replayed"),
    copies: options.copies ?? null,
    witness: options.witness ?? null,
    isQuorumRequired: options.isQuorumRequired ?? false,
    upstreams,
    metrics,
    log: createLogger((line) => logLines.push(line), now),
    limits: { ...defaultLimits, ...options.limits },
    geoIp: options.geoIp ?? null,
    trustedProxies: options.trustedProxies ?? [],
    listen: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0 },
    adminToken: testAdminToken,
    now,
    randomBytes,
  });
  t.after(async () => {
    // In this order, and in one hook: hooks run in the order in which they were set.
    await gateway.drain();
    await upstreams.close();
    await Promise.all(Array.from(engines.values(), (engine) => engine.close()));
    await ledger.close().catch(() => undefined);
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  });
  return {
    gateway,
    legalDirectory: join(directory, "legal"),
    ledger,
    entries,
    logLines,
    engineUrls,
    metrics: () => metrics.render(),
    setFault: (endpoint, mode, after) => setFault(engineUrls, endpoint, { mode, after }),
    requestsAt: async (endpoint) => {
      const answer = await fetch(`${urlOf(engineUrls, endpoint)}/sim/stats`);
      return ((await answer.json()) as { readonly requests: number }).requests;
    },
  };
}

export function readTestPolicy(text: string): Policy {
  const policy = parsePolicy({ file: "policy.yaml", text, readPack, sha256 });
  if (!policy.ok) throw new Error(policy.error.map(formatFinding).join("\n"));
  return policy.value;
}

function readPack(id: string): { readonly file: string; readonly text: string } {
  return {
    file: `packs/${id}.yaml`,
    text: readFileSync(new URL(`../../packs/${id}.yaml`, import.meta.url), "utf8"),
  };
}

async function startEngines(
  policy: Policy,
  { cell, urls, timing }: TestCellOptions,
): Promise<Map<string, SimulatedEngine>> {
  const started = new Map<string, SimulatedEngine>();
  for (const { id, cell: home, computes } of policy.law.endpoints) {
    const [place] = computes;
    if (home !== cell || urls?.[id] !== undefined || place === undefined) continue;
    const engine = await startSimulatedEngine({
      name: id,
      port: 0,
      model: "assistant",
      place,
      timing: timing ?? instantTiming,
    });
    started.set(id, engine);
  }
  return started;
}

function addressesOf(
  policy: Policy,
  cell: CellId,
  { urls, apiKeys }: Required<Pick<TestCellOptions, "urls" | "apiKeys">>,
): Parameters<typeof openUpstreams>[0] {
  return policy.law.endpoints
    .filter((endpoint) => endpoint.cell === cell)
    .map(({ id, computes }) => ({
      id,
      engine: policy.endpoints.get(id)?.engine ?? "",
      url: urls[id] ?? null,
      apiKey: apiKeys[id] ?? null,
      modelFile: null,
      computes,
    }));
}

function openTestLedger(directory: string, policy: Policy, cell: CellId): Promise<Ledger> {
  return openLedger({
    directory: join(directory, "ledger"),
    deployment: policy.deployment,
    jurisdiction: policy.law.cells.find(({ id }) => id === cell)?.place ?? "",
    cell,
    keysDirectory: join(directory, "keys"),
    policyHash: policy.law.hash,
    software: "bailiwick/0.0.0",
  });
}

/** The same ledger, with the entries that it acknowledged in plain sight. */
function recording(
  ledger: Ledger,
  { disk, quorumMissingSinceMs = null }: TestCellOptions,
): { readonly ledger: Ledger; readonly entries: readonly Entry[] } {
  const entries: Entry[] = [];
  return {
    entries,
    ledger: {
      origin: ledger.origin,
      verifierKey: ledger.verifierKey,
      state: () => ({ ...ledger.state(), quorumMissingSinceMs }),
      close: () => ledger.close(),
      async append(bytes, pairing) {
        const position = await ledger.append(bytes, pairing);
        await disk?.();
        const entry = parseEntry(bytes);
        if (!entry.ok) throw new Error(`${entry.error}: ${decodeUtf8(bytes)}`);
        entries.push(entry.value);
        return position;
      },
    },
  };
}

async function setFault(
  engineUrls: ReadonlyMap<string, string>,
  endpoint: string,
  fault: { readonly mode: string; readonly after: number | undefined },
): Promise<void> {
  const answer = await fetch(`${urlOf(engineUrls, endpoint)}/sim/fault`, {
    method: "POST",
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(`the engine of \`${endpoint}\` refuses the fault: ${await answer.text()}`);
}

function urlOf(engineUrls: ReadonlyMap<string, string>, endpoint: string): string {
  const url = engineUrls.get(endpoint);
  if (url === undefined) throw new Error(`\`${endpoint}\` is no simulated engine of this cell`);
  return url;
}

/**
 * The demo's three cells and tenants, and some more: `nowhere` does not say where its subjects are, `narrow` may use
 * one model, `limited` one request at a time and `slow` two in a minute, `late`'s key has expired, `nomad` has
 * subjects in Germany and in Dubai, whose laws no place satisfies together.
 */
export const testPolicy = `
bailiwick: 1
deployment: test.example
law:
  packs: [eu-gdpr, uk-gdpr, ae-health, us-hipaa, ru-152, us-cloud-act]
operators:
  rhein-cloud: { home: DE }
  pacific-cloud: { home: US }
  gulf-cloud: { home: AE }
cells:
  eu-frankfurt: { place: DE, url: https://eu.test.example, operator: rhein-cloud }
  us-virginia: { place: US, url: https://us.test.example, operator: pacific-cloud }
  ae-dubai: { place: AE, url: https://ae.test.example, operator: gulf-cloud }
endpoints:
  fra-1: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }
  fra-2: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }
  fra-3: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: pacific-cloud, place: DE }
  iad-1: { cell: us-virginia, engine: sim, url: http://127.0.0.1:1, operator: pacific-cloud, place: US }
  dxb-1: { cell: ae-dubai, engine: sim, url: http://127.0.0.1:1, operator: gulf-cloud, place: AE }
models:
  assistant: { served-by: { fra-1: assistant, fra-2: assistant, fra-3: assistant, iad-1: assistant, dxb-1: assistant } }
  solo: { served-by: { fra-1: assistant } }
  overseas: { served-by: { iad-1: assistant } }
tenants:
  demo-bank:
    { established: DE, subjects: DE, class: personal, requires: { residency: EEA }, keys: { a: { sha256: ${keyHash("sk-demo-bank")} } } }
  demo-clinic:
    { established: DE, subjects: DE, class: health, requires: { sovereignty: DE }, keys: { a: { sha256: ${keyHash("sk-demo-clinic")} } } }
  demo-shop: { established: US, subjects: US, class: personal, keys: { a: { sha256: ${keyHash("sk-demo-shop")} } } }
  demo-dubai: { established: AE, subjects: AE, class: health, keys: { a: { sha256: ${keyHash("sk-demo-dubai")} } } }
  nowhere: { established: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-nowhere")} } } }
  nomad: { established: DE, subjects: [DE, AE], class: health, requires: { residency: DE }, keys: { a: { sha256: ${keyHash("sk-nomad")} } } }
  narrow: { established: DE, subjects: DE, class: personal, models: [solo], keys: { a: { sha256: ${keyHash("sk-narrow")} } } }
  limited:
    { established: DE, subjects: DE, class: personal, limits: { concurrent-requests: 1 }, keys: { a: { sha256: ${keyHash("sk-limited")} } } }
  slow:
    { established: DE, subjects: DE, class: personal, limits: { requests-per-minute: 2 }, keys: { a: { sha256: ${keyHash("sk-slow")} } } }
  late: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-late")}, expires: 2020-01-01 } } }
`;
