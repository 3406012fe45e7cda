// What the index costs: `node bench/index.ts [entries]` prints one JSON row a case. A log of so many entries (10^6 unless
// told otherwise) is written to disk, indexed in SQLite and in PostgreSQL, and both are asked for pages of 100 records.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { EndpointId, Place } from "../src/base/index.ts";
import {
  type Checkpoint,
  encodeBundle,
  encodeEntry,
  type Entry,
  formatTilePath,
  leafHash,
  openTree,
  tileHolding,
  tileWidth,
} from "../src/ledger/index.ts";
import {
  catchUp,
  type IndexQuery,
  openLogDirectory,
  openSearchIndex,
  type SearchIndex,
} from "../src/store/index.ts";
import { sha256 } from "../test/support/ledger-crypto.ts";
import {
  decisionEntry,
  openedEntry,
  origin,
  outcomeEntry,
  refusalEntry,
  requestId,
} from "../test/support/ledger-entries.ts";
import { postgresMissing, startPostgres } from "../test/support/postgres.ts";

const entryCount = Number(process.argv[2] ?? 1_000_000);
const queryCount = 200;
const startMs = 1_795_000_000_000;
const places = ["DE", "FR", "IE", "US", "CH"] as Place[];

const queries: Readonly<Record<string, (number: number) => IndexQuery>> = {
  "one request": (number) => ({ requestId: requestId(position(number, 1)), limit: 100 }),
  "a tenant, newest first": (number) => ({ tenant: handle(number % 50), isNewestFirst: true, limit: 100 }),
  "a tenant in a window": (number) => ({
    tenant: handle(number % 50),
    fromMs: startMs + position(number, 0),
    limit: 100,
  }),
  "refusals of a tenant": (number) => ({ tenant: handle(number % 50), verdict: "refuse", limit: 100 }),
  "evidenced in a country": (number) => ({
    evidencedIn: places[number % 5] ?? "DE",
    fromMs: startMs + position(number, 0),
    limit: 100,
  }),
  "an endpoint, shown elsewhere": (number) => ({
    endpoint: `fra-${number % 4}`,
    evidencedIn: "US",
    limit: 100,
  }),
  "a rare error": () => ({ error: "upstream_timeout", limit: 100 }),
};

const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-index-"));
try {
  const checkpoint = writeLog();
  await measure("sqlite", join(directory, "search.sqlite"), checkpoint);
  const server = await startPostgres();
  if (server === null) console.error(postgresMissing);
  else {
    try {
      await measure("postgres", server.url, checkpoint);
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(name: string, target: string, checkpoint: Checkpoint): Promise<void> {
  const [log] = await openLogDirectory(directory);
  if (log === undefined) throw new Error("the log that was just written is not there");
  const index = await openSearchIndex(target);
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  await catchUp(index, { reader: log.reader, readCheckpoint: async () => checkpoint });
  const elapsedMs = performance.now() - beganMs;
  const used = process.cpuUsage(cpu);
  const row = {
    bench: "index",
    case: `${name}: build`,
    perSecond: Math.round(entryCount / (elapsedMs / 1000)),
  };
  const cores = Math.round((used.user + used.system) / 10 / elapsedMs) / 100;
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const fileMiB = target.startsWith("/") ? { fileMiB: Math.round(statSync(target).size / 2 ** 20) } : {};
  console.log(JSON.stringify({ ...row, cores, peakMiB, ...fileMiB, machineCores: availableParallelism() }));
  for (const [title, queryOf] of Object.entries(queries))
    await measureQuery(`${name}: ${title}`, index, queryOf);
  await index.close();
}

async function measureQuery(
  title: string,
  index: SearchIndex,
  queryOf: (number: number) => IndexQuery,
): Promise<void> {
  const latencies: number[] = [];
  for (let number = 0; number < queryCount; number++) {
    const beganMs = performance.now();
    await index.query(queryOf(number));
    latencies.push(performance.now() - beganMs);
  }
  latencies.sort((left, right) => left - right);
  const at = (share: number): number =>
    Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 100) / 100;
  console.log(
    JSON.stringify({ bench: "index", case: title, entries: entryCount, p50Ms: at(0.5), p99Ms: at(0.99) }),
  );
}

/** Bundles and tiles as a store lays them out, one bundle in memory at a time. */
function writeLog(): Checkpoint {
  const tree = openTree(sha256, 0, () => new Uint8Array());
  for (let start = 0; start < entryCount; start += tileWidth) {
    const width = Math.min(tileWidth, entryCount - start);
    const entries = Array.from({ length: width }, (_, at) => encodeEntry(entryAt(start + at)));
    for (const entry of entries) tree.append(leafHash(sha256, entry));
    write(formatTilePath(tileHolding(start, "entries", entryCount)), encodeBundle(entries));
    for (const { name, bytes } of tree.takeTiles()) {
      if (name.width === tileWidth || start + width === entryCount) write(formatTilePath(name), bytes);
    }
  }
  write("checkpoint", new Uint8Array());
  return { origin, size: entryCount, root: tree.root() };
}

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), bytes);
}

/** A permit, its outcome, and now and then a refusal: 50 tenants, 4 endpoints, 5 places. */
function entryAt(at: number): Entry {
  if (at === 0) return openedEntry(0, 1);
  const decision = at - ((at - 1) % 3);
  const tenant = handle(decision % 50);
  const place = places[decision % 5] ?? places[0];
  const endpoint = `fra-${decision % 4}` as EndpointId;
  if (at === decision || place === undefined) return { ...decisionEntry(at), tenant, subject: tenant };
  if (at === decision + 2) return { ...refusalEntry(at), tenant, subject: tenant };
  const outcome = outcomeEntry(at, decision, requestId(decision));
  if (at % 99_998 === 0) return { ...outcome, result: "failed", error: "upstream_timeout", executed: null };
  const executed = {
    endpoint,
    claimed: [place],
    evidenced: [place],
    evidence: "E1-own",
    model: "llama-3.3-70b",
  };
  return { ...outcome, executed, attempts: [{ endpoint, failure: null }] };
}

/** Spread over the log; `rest` after division by three, since every third entry is a permit. */
function position(number: number, rest: number): number {
  const third = Math.floor(entryCount / 3);
  return ((number * 7919) % third) * 3 + rest;
}

function handle(number: number): string {
  return number.toString(16).padStart(32, "1");
}
