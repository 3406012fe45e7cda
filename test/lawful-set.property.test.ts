// DESIGN §1.1: no request reaches an endpoint outside its lawful set. Generated policies, requests and faults go through real
// gateways to real sockets. What is lawful is read by the plain second evaluator, and what was reached is counted at
// the sockets of the upstreams, so that nothing of the code under test says whether it behaved.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { momentAt } from "./support/moment-at.ts";
import { Agent, request as send } from "undici";
import type { CellId, EndpointId, ModelAlias, Place, TenantId, WallClock } from "../src/base/index.ts";
import type { Policy, Tenant } from "../src/config/index.ts";
import { ContentRecords, StoredObjects } from "../src/privacy/index.ts";
import { type CellThreads, startCellThreads } from "../src/cell/threads/cell-threads.ts";
import { createLimitMemory, openLegalRegister, TransferTally } from "../src/gateway/index.ts";
import type { Vault } from "../src/keys/index.ts";
import {
  type Claim,
  type DataClass,
  dataClasses,
  type Facts,
  type LawPolicy,
  plainDecision,
} from "../src/law/index.ts";
import { type Ledger, openLedger } from "../src/store/index.ts";
import { createLogger } from "../src/telemetry/index.ts";
import { type FakeModelServer, misbehaviours, startFakeModelServer } from "./support/fake-model-server.ts";
import { anyFacts, anyLawPolicy, worldPlaces } from "./support/law-arbitraries.ts";
import { defaultLimits, testCapacity } from "./support/test-cell.ts";
import { openTestVault } from "./support/open-test-vault.ts";

/** `npm run test:property` lives through more. */
const worlds = Number(process.env["BAILIWICK_WORLDS"] ?? 200);
/** Most of the time a world waits for the disk: these share what they wait for. */
const worldsAtOnce = 4;
const requestsPerWorld = 20;
const seed = Number(process.env["BAILIWICK_SEED"] ?? Date.now() % 1_000_000_000);
const hourMs = 3_600_000;
const worldCells = ["cell-1", "cell-2", "cell-3"] as CellId[];
const endpointIds = ["e-1", "e-2", "e-3", "e-4", "e-5", "e-6"] as EndpointId[];
const alias = "assistant" as ModelAlias;
const apiKey = "sk-generated";

interface GeneratedRequest {
  /** Null: the cell that the tenant's own facts point to, so that enough is lawful at all. */
  readonly cell: CellId | null;
  readonly headerPlace: Place | null;
  readonly headerClass: DataClass | null;
  readonly isStream: boolean;
  /** One for each endpoint. */
  readonly faults: readonly (typeof misbehaviours)[number][];
  /** The clock moves on by as much before the request, and once more while an upstream holds it. */
  readonly hoursBefore: number;
  readonly hoursDuring: number;
}

const anyRequest: fc.Arbitrary<GeneratedRequest> = fc.record({
  cell: fc.option(fc.constantFrom(...worldCells), { freq: 3 }),
  headerPlace: rarely(fc.constantFrom(...worldPlaces)),
  headerClass: rarely(fc.constantFrom(...dataClasses)),
  isStream: fc.boolean(),
  faults: fc.array(fc.constantFrom(...misbehaviours, "none" as const, "none" as const), {
    minLength: 6,
    maxLength: 6,
  }),
  hoursBefore: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
  hoursDuring: fc.constantFrom(0, 0, 1, 3),
});

interface World {
  readonly law: LawPolicy;
  readonly facts: Facts;
  readonly requests: readonly GeneratedRequest[];
}

const anyWorldAtAll: fc.Arbitrary<World> = fc.record({
  law: anyLawPolicy.map(inHours),
  facts: anyFacts,
  requests: fc.array(anyRequest, { minLength: requestsPerWorld, maxLength: requestsPerWorld }),
});
/** All endpoints in one cell, and several of them lawful: only then is there a second attempt that could go wrong. */
const anyCrowdedWorld = anyWorldAtAll
  .map((world) => ({ ...world, law: inOneCell(world.law) }))
  .filter((world) => lawfulAtFirst(world).length > 1);
/** Left to chance, nine worlds of ten allow nothing, and a gateway that sends nothing would pass. */
const anyWorld = fc.oneof(
  { weight: 1, arbitrary: anyWorldAtAll },
  { weight: 3, arbitrary: anyWorldAtAll.filter((world) => lawfulAtFirst(world).length > 0) },
  { weight: 3, arbitrary: anyCrowdedWorld },
);

const counts = { cases: 0, sent: 0, answered: 0, refused: 0, outside: 0 };
const agent = new Agent({ connections: 8, keepAliveTimeout: 1000 });
const directory = mkdtempSync(join(tmpdir(), "bailiwick-property-"));
/** A cell takes its time to hang up on callers who do not read; the next world need not wait for that. */
const closing: Promise<void>[] = [];
type Fakes = ReadonlyMap<EndpointId, FakeModelServer>;
let ledger: Ledger;
let vault: Vault;

before(async () => {
  vault = await openTestVault(directory);
  ledger = await openLedger({
    directory: join(directory, "ledger"),
    deployment: "generated.example",
    jurisdiction: "DE",
    cell: "cell-1",
    replica: null,
    keysDirectory: join(directory, "keys"),
    policyHash: "0".repeat(64),
    software: "bailiwick/0.0.0",
  });
});

after(async () => {
  await agent.destroy();
  await Promise.all(closing);
  await ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

test(`no request of ${worlds * requestsPerWorld} reaches an endpoint outside its lawful set`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const numRuns = Math.ceil(worlds / worldsAtOnce);
  await Promise.all(
    Array.from({ length: worldsAtOnce }, (_, row) =>
      fc.assert(fc.asyncProperty(anyWorld, liveThrough), { numRuns, seed: seed + row, endOnFailure: true }),
    ),
  );
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.cases >= worlds * requestsPerWorld);
  assert.equal(counts.outside, 0);
  // The property would hold for a gateway that sends nothing: enough must have been sent, answered and refused.
  assert.ok(counts.sent > counts.cases / 10, "hardly anything was sent");
  assert.ok(counts.answered > counts.cases / 20, "hardly anything was answered");
  assert.ok(counts.refused > counts.cases / 20, "hardly anything was refused");
});

async function liveThrough(world: World): Promise<void> {
  const clock = { nowMs: 0 };
  const fakes: Fakes = new Map(
    await Promise.all(endpointIds.map(async (id) => [id, await startFakeModelServer()] as const)),
  );
  const gateways = new Map<CellId, Cell>();
  for (const cell of worldCells)
    gateways.set(cell, await startCell(world, { cell, fakes, now: () => clock.nowMs }));
  const preferred = lawfulAtFirst(world)[0]?.cell ?? ("cell-1" as CellId);
  const everLawful = new Set<EndpointId>();
  try {
    for (const each of world.requests) {
      clock.nowMs += each.hoursBefore * hourMs;
      const cell = each.cell ?? preferred;
      const claimed = claimedFacts(world, { ...each, cell });
      const noteLawful = (): void => {
        for (const id of lawfulHere(world.law, claimed, clock.nowMs)) everLawful.add(id);
      };
      noteLawful();
      const reached = armFakes(world, { ...each, cell }, { fakes, clock });
      const status = await ask(gateways.get(cell)?.gateway.url ?? "", each);
      // What became lawful while it was held may be asked when it is decided again.
      noteLawful();
      for (const { id, lawful } of reached) {
        if (lawful.has(id)) continue;
        counts.outside++;
        assert.fail(`\`${id}\` was reached at ${clock.nowMs}; lawful: ${[...lawful].join(", ") || "none"}`);
      }
      counts.cases++;
      counts.sent += reached.length > 0 ? 1 : 0;
      counts.answered += status === 200 ? 1 : 0;
      counts.refused += [403, 421, 451].includes(status) ? 1 : 0;
    }
    // Not even an empty connection, or a health probe, goes where nothing of this world was ever lawful.
    for (const id of endpointIds.filter((endpoint) => !everLawful.has(endpoint))) {
      assert.equal(fakes.get(id)?.connections, 0, `\`${id}\` was connected to`);
    }
  } finally {
    const ends = Promise.all(Array.from(gateways.values(), (cell) => cell.close()));
    closing.push(ends.then(() => closeAll(fakes)));
  }
}

/** Sets each endpoint's fault; what is returned fills with each request that reaches a socket, and what was lawful at that moment. */
function armFakes(
  world: World,
  asked: AskedRequest,
  { fakes, clock }: { readonly fakes: Fakes; readonly clock: { nowMs: number } },
): { readonly id: EndpointId; readonly lawful: ReadonlySet<EndpointId> }[] {
  const reached: { readonly id: EndpointId; readonly lawful: ReadonlySet<EndpointId> }[] = [];
  const { faults, hoursDuring } = asked;
  const claimed = claimedFacts(world, asked);
  let hoursLeft = hoursDuring;
  for (const [position, id] of endpointIds.entries()) {
    const fake = fakes.get(id);
    if (!fake) continue;
    fake.behaviour = faults[position] ?? "none";
    fake.redirectTo = fakes.get(endpointIds[(position + 1) % endpointIds.length] ?? id)?.url ?? "";
    fake.onRequest = () => {
      reached.push({ id, lawful: lawfulHere(world.law, claimed, clock.nowMs) });
      // Time passes while the first upstream holds the request: a permit may run out before the next attempt.
      clock.nowMs += hoursLeft * hourMs;
      hoursLeft = 0;
    };
  }
  return reached;
}

type AskedRequest = GeneratedRequest & { readonly cell: CellId };

function claimedFacts({ facts }: World, { cell, headerPlace, headerClass }: AskedRequest): Facts {
  return {
    ...facts,
    receivingCell: cell,
    // What the cell counts can only narrow what is lawful without.
    counted: {},
    subjectPlaces: [...facts.subjectPlaces, ...claims(headerPlace)],
    classes: [...facts.classes, ...claims(headerClass)],
  };
}

/** Endpoints of the asked cell that the plain reading of the law allows; none when the cell itself is not lawful. */
function lawfulHere(law: LawPolicy, facts: Facts, nowMs: number): ReadonlySet<EndpointId> {
  const decision = plainDecision(law, facts, nowMs);
  if (decision.kind === "unknown") return new Set();
  const here = law.endpoints.filter(
    ({ id, cell }) => cell === facts.receivingCell && decision.endpoints.has(id),
  );
  return new Set(here.map(({ id }) => id));
}

/** By the tenant's own facts, before time moves. */
function lawfulAtFirst({ law, facts }: World): readonly { readonly id: EndpointId; readonly cell: CellId }[] {
  const decision = plainDecision(law, facts, 0);
  return decision.kind === "decided" ? law.endpoints.filter(({ id }) => decision.endpoints.has(id)) : [];
}

function inOneCell(law: LawPolicy): LawPolicy {
  return { ...law, endpoints: law.endpoints.map((endpoint) => ({ ...endpoint, cell: "cell-1" as CellId })) };
}

function rarely<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });
}

function claims<Value>(value: Value | null): readonly Claim<Value>[] {
  return value === null ? [] : [{ value, basis: "header" }];
}

async function ask(url: string, { headerPlace, headerClass, isStream }: GeneratedRequest): Promise<number> {
  const answer = await send(`${url}/v1/chat/completions`, {
    dispatcher: agent,
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      ...(headerPlace === null ? {} : { "bailiwick-jurisdiction": headerPlace }),
      ...(headerClass === null ? {} : { "bailiwick-class": headerClass }),
    },
    body: JSON.stringify({ model: alias, stream: isStream, messages: [{ role: "user", content: "hello" }] }),
  });
  // A stream that an upstream cut ends with an error event, or by the connection's end.
  await answer.body.text().catch(() => "");
  return answer.statusCode;
}

async function closeAll(fakes: Fakes): Promise<void> {
  await Promise.all(Array.from(fakes.values(), (fake) => fake.close()));
}

interface Cell {
  readonly gateway: CellThreads;
  close(): Promise<void>;
}

interface CellSetting {
  readonly cell: CellId;
  readonly fakes: Fakes;
  readonly now: WallClock;
}

async function startCell(world: World, { cell, fakes, now }: CellSetting): Promise<Cell> {
  const policy = policyOf(world);
  const here = world.law.endpoints.filter((endpoint) => endpoint.cell === cell);
  const addresses = here.map(({ id, computes }) => ({
    id,
    engine: "openai-compatible",
    url: fakes.get(id)?.url ?? null,
    apiKey: null,
    modelFile: null,
    computes,
  }));
  const gateway = await startCellThreads({
    tls: null,
    keySetsDirectory: "",
    settings: {
      cell,
      limits: {
        ...defaultLimits,
        maxHeaderBytes: 32_768,
        maxBodyBytes: 65_536,
        maxBodyValues: 1_000,
        maxBodyNames: 100,
        // By the clock that jumps by hours; no timer of it fires in the seconds that this takes.
        deadlineMs: 24 * hourMs,
        maxEventBytes: 65_536,
        maxAnswerBytes: 65_536,
        headersTimeoutMs: 2000,
        idleTimeoutMs: 2000,
        drainTimeoutMs: 0,
      },
      capacity: testCapacity,
      corsOrigins: [],
      trustedProxies: [],
      isQuorumRequired: false,
      listen: { host: "127.0.0.1", port: 0 },
      isPortShared: false,
    },
    workers: null,
    first: {
      policy,
      texts: { file: "generated", text: "", packs: new Map(), lock: null },
      addresses,
      keySets: [],
    },
    // A generated law was never a text.
    parsePolicy: () => policy,
    legal: openLegalRegister({
      directory: join(directory, "legal"),
      deployment: policy.deployment,
      keys: policy.eventKeys,
    }),
    ledger,
    vault,
    records: new ContentRecords({ directory: join(directory, "records"), deployment: "", cell }),
    files: new StoredObjects({ directory: join(directory, "files"), deployment: "", cell }),
    batches: new StoredObjects({ directory: join(directory, "batches"), deployment: "", cell }),
    replayMarkFile: join(directory, "vault", "replayed"),
    copies: null,
    witness: null,
    tally: new TransferTally([world.facts.tenant]),
    limitMemory: createLimitMemory({ tenants: new Map() }),
    geoIp: null,
    admin: { host: "127.0.0.1", port: 0 },
    adminToken: "",
    droppedLogLines: () => 0,
    tools: {
      log: createLogger(() => undefined, now),
      now,
      // Time passes for both: after hours, no circuit is open any more.
      monotonicNow: () => momentAt(now()),
      randomBytes,
    },
  });
  return { gateway, close: () => gateway.drain() };
}

function policyOf({ law, facts }: World): Policy {
  const tenant: Tenant = {
    id: facts.tenant,
    entity: facts.exporter ?? "nobody",
    established: facts.controllerPlaces,
    subjects: facts.subjectPlaces.map(({ value }) => value),
    citizenships: facts.subjectCitizenships.map(({ value }) => value),
    residences: facts.subjectResidences.map(({ value }) => value),
    persons: facts.persons,
    sector: facts.sector,
    classes: facts.classes.map(({ value }) => value),
    attested: facts.attested,
    attestedAsOf: new Map(),
    requirements: facts.requirements,
    keys: [
      {
        sha256: createHash("sha256").update(apiKey).digest("hex"),
        spiffe: null,
        subjects: [],
        classes: [],
        expiresAtMs: null,
        peer: null,
        limits: [],
        priority: "normal",
      },
    ],
    tokens: null,
    maySelect: new Set(),
    recordDays: null,
    responseCache: null,
    files: null,
    models: null,
    limits: [],
    priority: "normal",
  };
  const endpoints = law.endpoints.map(({ id, cell }) => ({
    id,
    cell,
    engine: "openai-compatible" as const,
    url: null,
    provider: null,
    region: null,
    watchedRegions: null,
    peer: null,
    apiKey: null,
    calling: null,
    attestation: null,
  }));
  return {
    deployment: "generated.example",
    law,
    eventKeys: [],
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.id, endpoint])),
    models: new Map([
      [
        alias,
        {
          alias,
          mode: "legal-first",
          tokens: null,
          hedgeAfterMs: null,
          rules: [],
          allows: new Set<string>(),
          servedBy: new Map(
            endpoints.map(({ id }) => [id, { model: "m", order: 1, weight: null, price: null }]),
          ),
        },
      ],
    ]),
    tenants: new Map<TenantId, Tenant>([[tenant.id, tenant]]),
    hostnames: new Map(),
    packs: [],
    texts: [],
    warnings: [],
  };
}

/** The generated law moves at instants 0 to 8; the gateway's timers need those to be hours, not milliseconds. */
function inHours(law: LawPolicy): LawPolicy {
  const scaled = (value: unknown, name: string): unknown => {
    if ((name === "fromMs" || name === "untilMs") && typeof value === "number") return value * hourMs;
    if (value === null || typeof value !== "object") return value;
    // Neither holds an instant: places and classes, and the words of a certificate's scope.
    if (value instanceof Set || value instanceof Map) return value;
    if (Array.isArray(value)) return value.map((item) => scaled(item, ""));
    const members = Object.entries(value).map(([member, inner]) => [member, scaled(inner, member)]);
    return Object.fromEntries(members);
  };
  return scaled(law, "") as LawPolicy;
}
