// One cell in this process, of real parts: law, ledger on a temporary directory, vault, upstreams over loopback.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  type CellId,
  decodeUtf8,
  encodeUtf8,
  type EndpointId,
  type MonotonicClock,
  type MonotonicMs,
  settled,
  type WallClock,
} from "../../src/base/index.ts";
import { type CellLimits, formatFinding, parsePolicy, type Policy } from "../../src/config/index.ts";
import { ContentRecords, StoredObjects } from "../../src/privacy/index.ts";
import {
  type CellThreadParts,
  type CellThreads,
  startCellThreads,
} from "../../src/cell/threads/cell-threads.ts";
import { resolveCalling } from "../../src/cell/load/endpoint-calling.ts";
import { parsePolicyTexts, type ReadPolicy } from "../../src/cell/load/policy-texts.ts";
import {
  type Capacity,
  type GeoIp,
  type KeySetSource,
  type ListenerTls,
  openLegalRegister,
  openLimitMemory,
  openTally,
  type TransferTally,
} from "../../src/gateway/index.ts";
import { monotonicNow } from "../../src/clock/index.ts";
import { type KeyService, sha256 } from "../../src/keys/index.ts";
import { type Entry, parseEntry } from "../../src/ledger/index.ts";
import {
  type EndpointAddress,
  instantTiming,
  startSimulatedEngine,
  type Timing,
} from "../../src/providers/index.ts";
import { type ClockState, type Ledger, openLedger } from "../../src/store/index.ts";
import { createLogger, createMetrics, formatMetrics, type Metrics } from "../../src/telemetry/index.ts";
import { openTestVault } from "./open-test-vault.ts";
import { testPolicy } from "./test-policy.ts";

export { keyHash, keyOf, testPolicy } from "./test-policy.ts";

type SimulatedEngine = Awaited<ReturnType<typeof startSimulatedEngine>>;

export interface TestCellOptions {
  readonly policy?: string;
  readonly cell?: string;
  /** What a pack says instead, from its text. */
  readonly editPack?: (text: string) => string;
  /** To start in what an earlier cell left; removed by whoever made it. */
  readonly directory?: string;
  readonly limits?: Partial<CellLimits>;
  readonly capacity?: Partial<Capacity>;
  readonly corsOrigins?: readonly string[];
  /** Endpoints that the test itself plays, by URL; all others of the cell are simulated engines. */
  readonly urls?: Readonly<Record<string, string>>;
  /** What such an endpoint is called with, as a bearer token. */
  readonly apiKeys?: Readonly<Record<string, string>>;
  /** Where such an endpoint gets its tokens. */
  readonly tokenUrls?: Readonly<Record<string, string>>;
  /** Who says over which regions a model of such an endpoint spreads. */
  readonly controlUrls?: Readonly<Record<string, string>>;
  readonly tls?: ListenerTls;
  /** PEM of who vouches for identity providers' servers. */
  readonly keySetAuthorities?: string;
  readonly timing?: Timing;
  readonly geoIp?: GeoIp;
  readonly witness?: CellThreadParts["witness"];
  readonly isQuorumRequired?: boolean;
  /** What the ledger says of its cosignatures. */
  readonly quorumMissingSinceMs?: MonotonicMs | null;
  /** What the ledger says of its clocks, where that differs from what it finds. */
  readonly clock?: () => Partial<ClockState>;
  readonly trustedProxies?: CellThreadParts["settings"]["trustedProxies"];
  readonly copies?: CellThreadParts["copies"];
  readonly now?: WallClock;
  readonly monotonicNow?: MonotonicClock;
  /** Resolves when the disk has what it was given, or rejects as a disk may; the ledger acknowledges after it. */
  readonly disk?: () => Promise<void>;
  /** Instead of the one of development. */
  readonly keyService?: KeyService;
  /** Between its threads. */
  readonly ports?: CellThreadParts["ports"];
  /** Threads of their own for callers. What they append is not among `entries`: read the ledger. */
  readonly workers?: Pick<NonNullable<CellThreadParts["workers"]>, "count" | "onWorker">;
}

export interface TestCell {
  readonly gateway: CellThreads;
  /** Of its legal events. */
  readonly legalDirectory: string;
  readonly ledger: Ledger;
  /** Every entry that was acknowledged, in order. */
  readonly entries: readonly Entry[];
  readonly logLines: readonly string[];
  /** Of the simulated engines of this cell. */
  readonly engineUrls: ReadonlyMap<string, string>;
  /** Whom the cell counts, as its requests have left it. */
  readonly tally: TransferTally;
  /** The same, as a start would read it from the ledger in this directory, or in its own. */
  readTally(ledgerDirectory?: string): Promise<TransferTally>;
  /** Of all its threads. */
  metrics(): string;
  /** As SIGHUP would, with engines for the endpoints that are new; null stands for a file that cannot be used. */
  reload(policy: string | null): ReturnType<CellThreads["reload"]>;
  setFault(endpoint: string, mode: string, after?: number): Promise<void>;
  requestsAt(endpoint: string): Promise<number>;
}

export const testAdminToken = "0123456789abcdef0123456789abcdef";

export const testCapacity: Capacity = {
  descriptors: 1_024,
  connections: 400,
  upstreamConnections: 400,
  bytesInFlight: 1 << 30,
};

export const defaultLimits: CellLimits = {
  maxHeaderBytes: 32 * 1024,
  maxBodyBytes: 1024 * 1024,
  maxBodyValues: 200_000,
  maxBodyNames: 4_096,
  deadlineMs: 10_000,
  firstTokenTimeoutMs: null,
  retryPercent: 20,
  retriesPerSecond: 10,
  maxWaiting: 256,
  leastStreamEvents: 0,
  slowStreamMs: 30_000,
  maxEventBytes: 1024 * 1024,
  maxAnswerBytes: 32 * 1024 * 1024,
  headersTimeoutMs: 10_000,
  idleTimeoutMs: 5_000,
  drainTimeoutMs: 5_000,
  maxSessionMs: 60_000,
};

/** Starts a cell and ends it, with its engines and its directory, when the test ends. */
export async function startTestCell(t: TestContext, options: TestCellOptions = {}): Promise<TestCell> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "bailiwick-"));
  const read = readTexts(options.policy ?? testPolicy, options.editPack);
  const { policy } = read;
  const cell = (options.cell ?? "eu-frankfurt") as CellId;
  const engines = new Map<string, SimulatedEngine>();
  const engineUrls = new Map<string, string>();
  const addressesIn = async (next: Policy): Promise<readonly EndpointAddress[]> => {
    await startEngines(next, { ...options, cell, engines });
    for (const [endpoint, { url }] of engines) engineUrls.set(endpoint, url);
    const urls = { ...options.urls, ...Object.fromEntries(engineUrls) };
    return addressesOf(next, cell, { ...options, urls });
  };
  const keySetsOf = ({ tenants }: Policy): readonly KeySetSource[] =>
    Array.from(tenants.values()).flatMap(({ tokens }) => {
      const authorities = options.keySetAuthorities ?? null;
      return tokens?.keySet ? [{ ...tokens.keySet, authorities }] : [];
    });
  const now = options.now ?? Date.now;
  const { ledger, entries } = recording(await openTestLedger(directory, policy, cell), options);
  const vault = await openTestVault(directory, options.keyService && { service: options.keyService });
  const countedIn = (from = ledger.directory): Parameters<typeof openTally>[0] => ({
    policy,
    ledger: { directory: from, state: () => ledger.state() },
    handleOf: (tenant) => vault.tenantHandle(tenant),
    now,
  });
  const readTally = (from?: string): Promise<TransferTally> => openTally(countedIn(from));
  const tally = await readTally();
  const registries: Metrics[] = [];
  const logLines: string[] = [];
  const storedIn = (what: string): ConstructorParameters<typeof StoredObjects>[0] => ({
    directory: join(directory, what),
    deployment: policy.deployment,
    cell,
  });
  const shelf = { directory: join(directory, "records"), deployment: policy.deployment, cell };
  const lent = {
    records: shelf,
    stored: { files: storedIn("files"), batches: storedIn("batches") },
    countries: () => null,
    writeLines: (text: string) => void logLines.push(...text.split(/(?<=\n)/)),
  };
  const gateway = await startCellThreads({
    settings: {
      cell,
      limits: { ...defaultLimits, ...options.limits },
      capacity: { ...testCapacity, ...options.capacity },
      corsOrigins: options.corsOrigins ?? [],
      trustedProxies: options.trustedProxies ?? [],
      isQuorumRequired: options.isQuorumRequired ?? false,
      listen: { host: "127.0.0.1", port: 0 },
      isPortShared: false,
    },
    workers: options.workers === undefined ? null : { ...options.workers, ...lent },
    tls: options.tls ?? null,
    first: { ...read, addresses: await addressesIn(policy), keySets: keySetsOf(policy) },
    parsePolicy: parsePolicyTexts,
    legal: openLegalRegister({
      directory: join(directory, "legal"),
      deployment: policy.deployment,
      keys: policy.eventKeys,
    }),
    ledger,
    vault,
    tally,
    limitMemory: await openLimitMemory(countedIn(), options.workers?.count ?? 1),
    records: new ContentRecords(shelf),
    files: new StoredObjects(storedIn("files")),
    batches: new StoredObjects(storedIn("batches")),
    keySetsDirectory: join(directory, "identity"),
    replayMarkFile: join(directory, "vault", "replayed"),
    copies: options.copies ?? null,
    witness: options.witness ?? null,
    geoIp: options.geoIp ?? null,
    admin: { host: "127.0.0.1", port: 0 },
    adminToken: testAdminToken,
    droppedLogLines: () => 0,
    tools: {
      log: createLogger((line) => logLines.push(line), now),
      now,
      monotonicNow: options.monotonicNow ?? monotonicNow,
      randomBytes,
    },
    openMetrics() {
      const metrics = createMetrics();
      registries.push(metrics);
      return metrics;
    },
    ...(options.ports && { ports: options.ports }),
  });
  t.after(async () => {
    // In this order, and in one hook: hooks run in the order in which they were set.
    await gateway.drain();
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
    tally,
    readTally,
    metrics: () => formatMetrics(registries.map((metrics) => metrics.snapshot())),
    async reload(text) {
      if (text === null) return gateway.reload(null);
      const next = readTexts(text);
      const addresses = await addressesIn(next.policy);
      return gateway.reload({ ...next, addresses, keySets: keySetsOf(next.policy) });
    },
    setFault: (endpoint, mode, after) => setFault(engineUrls, endpoint, { mode, after }),
    requestsAt: async (endpoint) => {
      const answer = await fetch(`${urlOf(engineUrls, endpoint)}/sim/stats`);
      return ((await answer.json()) as { readonly requests: number }).requests;
    },
  };
}

export function readTestPolicy(text: string): Policy {
  return readTexts(text).policy;
}

function readTexts(text: string, editPack = (pack: string): string => pack): ReadPolicy {
  const packs = new Map<string, { readonly file: string; readonly text: string }>();
  const readPack = (id: string): { readonly file: string; readonly text: string } => {
    const file = `packs/${id}.yaml`;
    const pack = { file, text: editPack(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")) };
    packs.set(id, pack);
    return pack;
  };
  const policy = parsePolicy({ file: "policy.yaml", text, readPack, sha256 });
  if (!policy.ok) throw new Error(policy.error.map(formatFinding).join("\n"));
  return { policy: policy.value, texts: { file: "policy.yaml", text, packs, lock: null } };
}

/** Those that are not there yet. */
async function startEngines(
  policy: Policy,
  { cell, urls, timing, engines }: TestCellOptions & { readonly engines: Map<string, SimulatedEngine> },
): Promise<void> {
  for (const { id, cell: home, computes } of policy.law.endpoints) {
    const [place] = computes;
    if (home !== cell || urls?.[id] !== undefined || place === undefined || engines.has(id)) continue;
    const engine = await startSimulatedEngine({
      name: id,
      port: 0,
      model: "assistant",
      place,
      timing: timing ?? instantTiming,
      monotonicNow,
    });
    engines.set(id, engine);
  }
}

function addressesOf(
  policy: Policy,
  cell: CellId,
  { urls = {}, apiKeys = {}, tokenUrls = {}, controlUrls = {} }: TestCellOptions,
): readonly EndpointAddress[] {
  return policy.law.endpoints
    .filter((endpoint) => endpoint.cell === cell)
    .map(({ id, computes }) => ({
      id,
      ...callingOf(policy, id),
      engine: policy.endpoints.get(id)?.engine ?? "",
      url: urls[id] ?? null,
      apiKey: apiKeys[id] ?? null,
      ...(tokenUrls[id] !== undefined && { tokenUrl: tokenUrls[id] }),
      ...(controlUrls[id] !== undefined && { controlUrl: controlUrls[id] }),
      modelFile: null,
      region: policy.endpoints.get(id)?.region ?? null,
      computes,
    }));
}

function callingOf(policy: Policy, id: EndpointId): Pick<EndpointAddress, "calling" | "attestation"> {
  const { calling, attestation } = policy.endpoints.get(id) ?? {};
  return {
    ...(calling && { calling: resolveCalling(id, calling, "policy.yaml") }),
    ...(attestation && { attestation }),
  };
}

function openTestLedger(directory: string, policy: Policy, cell: CellId): Promise<Ledger> {
  return openLedger({
    directory: join(directory, "ledger"),
    deployment: policy.deployment,
    jurisdiction: policy.law.cells.find(({ id }) => id === cell)?.place ?? "",
    replica: null,
    cell,
    keysDirectory: join(directory, "keys"),
    policyHash: policy.law.hash,
    policyTexts: policy.texts.map(({ name, text }) => ({ name, bytes: encodeUtf8(text) })),
    software: "bailiwick/0.0.0",
  });
}

/** The same ledger, with the entries that it acknowledged in plain sight. */
function recording(
  ledger: Ledger,
  { disk, quorumMissingSinceMs = null, now, clock = () => ({}) }: TestCellOptions,
): { readonly ledger: Ledger; readonly entries: readonly Entry[] } {
  const entries: Entry[] = [];
  return {
    entries,
    ledger: {
      directory: ledger.directory,
      origin: ledger.origin,
      verifierKey: ledger.verifierKey,
      quarantines: ledger.quarantines,
      state() {
        const state = ledger.state();
        // Its thread has the system's clock: the test's is believed.
        const believed = now === undefined ? {} : { settledMs: settled(now()) };
        return { ...state, quorumMissingSinceMs, clock: { ...state.clock, ...believed, ...clock() } };
      },
      close: () => ledger.close(),
      lend: (slot) => ledger.lend(slot),
      acceptClock: () => ledger.acceptClock(),
      enactPolicy: (policy) => ledger.enactPolicy(policy),
      async append(bytes, pairing) {
        const position = await ledger.append(bytes, pairing);
        await disk?.();
        const entry = parseEntry(bytes);
        if (!entry.ok) throw new Error(`${entry.error.reason}: ${decodeUtf8(bytes)}`);
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
