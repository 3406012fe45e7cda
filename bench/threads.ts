// What several gateway threads cost and bring: processor time of a request and throughput with two threads, against one, in
// rounds that take turns. The load generator and the upstream run on the same machine, so their share of its processors is told.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { run } from "./measure/load.ts";
import { loadAverage } from "./measure/machine.ts";
import { processorMicros, residentMiB } from "./measure/processor-time.ts";
import { median } from "./measure/quantile.ts";
import { startBailiwick } from "./peers/bailiwick.ts";
import { startUpstream } from "./peers/node-programs.ts";
import { benchHeaders, type Server } from "./peers/peer.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "11" } },
});

interface Case {
  readonly threads: number;
  readonly clients: number;
}

/** With as many callers in all, and with as many for each thread: whatever is done once a turn is shared by fewer in the former. */
const cases: readonly Case[] = [
  { threads: 1, clients: 32 },
  { threads: 2, clients: 32 },
  { threads: 2, clients: 64 },
];
const load = {
  headers: benchHeaders,
  body: JSON.stringify({
    model: "assistant",
    messages: [{ role: "user", content: "Summarise. ".repeat(90) }],
  }),
  seconds: Infinity,
  requests: 2_000,
};
/** A gateway that has just started compiles: it is measured when it has not for a while. Each thread compiles for itself. */
const warmUpRequests = 6_000;

interface Round {
  readonly processorMicros: number;
  readonly rps: number;
  /** Of the machine's processors, in percent, while the round lasted. */
  readonly ownShare: number;
  readonly othersShare: number;
}

const upstream = await startUpstream();
const gateways = new Map<number, Server>();
try {
  for (const threads of [1, 2]) gateways.set(threads, await startBailiwick(upstream, { threads }));
  const idleMiB = new Map(
    Array.from(gateways, ([threads, { processId }]) => [threads, residentMiB(processId)]),
  );
  for (const [threads, { port }] of gateways)
    await run({ ...load, port, clients: 32 * threads, requests: warmUpRequests * threads });
  const rounds = cases.map((): Round[] => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    // In both orders, so that what comes first or last is nobody's advantage.
    const order = Array.from(cases.entries());
    for (const [at, { threads, clients }] of round % 2 === 0 ? order : order.toReversed()) {
      const gateway = gateways.get(threads);
      if (gateway) rounds[at]?.push(await measure(gateway, clients));
    }
  }
  for (const [at, each] of cases.entries())
    print(each, {
      idleMiB: idleMiB.get(each.threads) ?? Number.NaN,
      own: rounds[at] ?? [],
      one: rounds[0] ?? [],
    });
} finally {
  for (const gateway of gateways.values()) await gateway.stop();
  await upstream.stop();
}

/** Of the load generator and of the upstream. */
function othersMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system + processorMicros(upstream.processId);
}

async function measure({ port, processId }: Server, clients: number): Promise<Round> {
  const [gatewayBefore, othersBefore] = [processorMicros(processId), othersMicros()];
  const { elapsedMs } = await run({ ...load, port, clients });
  const gateway = processorMicros(processId) - gatewayBefore;
  const wholeMicros = elapsedMs * 1_000 * availableParallelism();
  return {
    processorMicros: gateway / load.requests,
    rps: load.requests / (elapsedMs / 1_000),
    ownShare: (gateway / wholeMicros) * 100,
    othersShare: ((othersMicros() - othersBefore) / wholeMicros) * 100,
  };
}

interface Measured {
  readonly idleMiB: number;
  readonly own: readonly Round[];
  readonly one: readonly Round[];
}

function medianOf(rounds: readonly Round[], name: keyof Round): number {
  return median(rounds.map((each) => each[name]));
}

function print({ threads, clients }: Case, { idleMiB, own, one }: Measured): void {
  const row = {
    bench: "threads",
    threads,
    clients,
    processorMicros: Math.round(medianOf(own, "processorMicros")),
    ratio: Number((medianOf(own, "processorMicros") / medianOf(one, "processorMicros")).toFixed(2)),
    rps: Math.round(medianOf(own, "rps")),
    rpsRatio: Number((medianOf(own, "rps") / medianOf(one, "rps")).toFixed(2)),
    gatewaySharePercent: Math.round(medianOf(own, "ownShare")),
    loadSharePercent: Math.round(medianOf(own, "othersShare")),
    idleMiB: Math.round(idleMiB),
    loadAverage: loadAverage(),
  };
  if (options.json) return console.log(JSON.stringify(row));
  console.log(
    `${threads} thread(s), ${clients} callers: ${row.processorMicros} µs of processor a request ×${row.ratio}, ${row.rps} requests a second ×${row.rpsRatio} ` +
      `with ${row.gatewaySharePercent} % of the machine (load generator and upstream ${row.loadSharePercent} %), ${row.idleMiB} MiB idle`,
  );
}
