// How many times the processor time of a bare pipe a request takes, in the same run. Both are on the same processors at the same
// time, so what slows the machine down (other programs in its caches, a lower clock, a hypervisor) slows both; and since the
// time is counted only while a thread is on a processor, waiting for one costs nothing. What else a machine does, the collector
// and the compiler only ever add to a round, so the least round of each is compared (docs/performance.md says how far it spreads).
import { cpus } from "node:os";
import { startBailiwick } from "../peers/bailiwick.ts";
import { startPipe, startUpstream } from "../peers/node-programs.ts";
import { benchHeaders, type Server } from "../peers/peer.ts";
import { gatewayCases } from "./gateway-cases.ts";
import { run } from "./load.ts";
import { processorMicros } from "./processor-time.ts";

export interface ProcessorRatio {
  /** The least of the gateway's rounds by the least of the pipe's: whatever else a machine does only adds to a round. */
  readonly ratio: number;
  readonly rounds: readonly RoundMicros[];
}

/** Microseconds of processor time a request, of one and then of the other. */
interface RoundMicros {
  readonly pipe: number;
  readonly bailiwick: number;
}

/** What a quotient may be compared with: one of the same processor and runtime. */
export interface KnownRatio {
  readonly ratio: number;
  readonly processor: string;
  readonly nodeMajor: number;
}

/**
 * Counted and not timed: both have compiled as much when they are measured, however slow the machine is. The engine still
 * compiles after 10,000 requests, so a round has many, and the least of the rounds is what a request takes without that.
 */
const warmUpRequests = { pipe: 8_000, bailiwick: 8_000 };
const roundRequests = { pipe: 8_000, bailiwick: 2_000 };
const roundCount = 6;

export async function measureProcessorRatio(): Promise<ProcessorRatio> {
  const servers: Server[] = [];
  const started = async (server: Promise<Server>): Promise<Server> => {
    servers.unshift(await server);
    return server;
  };
  try {
    const upstream = await started(startUpstream());
    const pipe = await started(startPipe(upstream, {}));
    const bailiwick = await started(startBailiwick(upstream));
    await microsPerRequest(pipe, warmUpRequests.pipe);
    await microsPerRequest(bailiwick, warmUpRequests.bailiwick);
    const rounds: RoundMicros[] = [];
    for (let round = 0; round < roundCount; round++) {
      rounds.push({
        pipe: await microsPerRequest(pipe, roundRequests.pipe),
        bailiwick: await microsPerRequest(bailiwick, roundRequests.bailiwick),
      });
    }
    return { ratio: least(rounds, "bailiwick") / least(rounds, "pipe"), rounds };
  } finally {
    for (const server of servers) await server.stop();
  }
}

function least(rounds: readonly RoundMicros[], of: keyof RoundMicros): number {
  return Math.min(...rounds.map((round) => round[of]));
}

/** As one of this machine's would say it. */
export function knownRatio(ratio: number): KnownRatio {
  return {
    ratio: Number(ratio.toFixed(1)),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    nodeMajor: Number(process.versions.node.split(".")[0]),
  };
}

async function microsPerRequest({ port, processId }: Server, requests: number): Promise<number> {
  const before = processorMicros(processId);
  const body = gatewayCases[0]?.body ?? "";
  await run({ port, headers: benchHeaders, body, clients: 32, seconds: Infinity, requests });
  return (processorMicros(processId) - before) / requests;
}

/** A fourth more than was known. One run in a hundred may say so for no reason; three in a row do not. */
export function isStep(ratio: number, known: KnownRatio): boolean {
  return ratio > known.ratio * 1.25;
}

/** Whether a quotient measured here can be compared with the known one. */
export function isComparable(known: KnownRatio): boolean {
  const here = knownRatio(known.ratio);
  return here.processor === known.processor && here.nodeMajor === known.nodeMajor;
}

export function formatRatio({ ratio, rounds }: ProcessorRatio): string {
  const each = rounds.map(({ pipe, bailiwick }) => `${bailiwick.toFixed(0)}/${pipe.toFixed(0)}`).join(" ");
  return `${ratio.toFixed(1)} times the processor time of a bare pipe (µs a request by round: ${each})`;
}
