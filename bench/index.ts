// What the index costs: `node bench/index.ts [entries]` prints one JSON row a case. A log of so many entries (10^6 unless
// told otherwise) is written to disk, indexed in SQLite and in PostgreSQL, and both are asked for pages of 100 records.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import {
  catchUp,
  type IndexQuery,
  openLogDirectory,
  openSearchIndex,
  type SearchIndex,
} from "../src/store/index.ts";
import { requestId } from "../test/support/ledger-entries.ts";
import { postgresMissing, startPostgres } from "../test/support/postgres.ts";
import { handleOf, mixedEntry, places, writeLargeLog } from "./large-log.ts";

const entryCount = Number(process.argv[2] ?? 1_000_000);
const queryCount = 200;
const startMs = 1_795_000_000_000;

const queries: Readonly<Record<string, (number: number) => IndexQuery>> = {
  "one request": (number) => ({ requestId: requestId(position(number, 1)), limit: 100 }),
  "a tenant, newest first": (number) => ({ tenant: handleOf(number % 50), isNewestFirst: true, limit: 100 }),
  "a tenant in a window": (number) => ({
    tenant: handleOf(number % 50),
    fromMs: startMs + position(number, 0),
    limit: 100,
  }),
  "refusals of a tenant": (number) => ({ tenant: handleOf(number % 50), verdict: "refuse", limit: 100 }),
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
  writeLargeLog(directory, entryCount, mixedEntry);
  await measure("sqlite", join(directory, "search.sqlite"));
  const server = await startPostgres();
  if (server === null) console.error(postgresMissing);
  else {
    try {
      await measure("postgres", server.url);
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(name: string, target: string): Promise<void> {
  const [log] = await openLogDirectory(directory);
  if (log === undefined) throw new Error("the log that was just written is not there");
  const index = await openSearchIndex(target);
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  await catchUp(index, { reader: log.reader, readCheckpoint: () => log.readCheckpoint() });
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

/** Spread over the log; `rest` after division by three, since every third entry is a permit. */
function position(number: number, rest: number): number {
  const third = Math.floor(entryCount / 3);
  return ((number * 7919) % third) * 3 + rest;
}
