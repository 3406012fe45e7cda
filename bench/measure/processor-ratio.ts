// How many times the processor time of a bare pipe a request takes, in the same run. Both are on the same processors at the same
// time, so what slows the machine down (other programs in its caches, a lower clock, a hypervisor) slows both, and the quotient
// stays; and since the time is counted only while a thread is on a processor, waiting for one costs nothing. A machine with much
// else to do shows a smaller quotient (16 to 20 where 19 to 22 are seen with priority over all else), for entries then share a
// write with more others: so load never makes a step where there is none, but may hide one.
import { cpus } from "node:os";
import { startBailiwick } from "../peers/bailiwick.ts";
import { startPipe, startUpstream } from "../peers/node-programs.ts";
import { benchHeaders, type Server } from "../peers/peer.ts";
import { gatewayCases } from "./gateway-cases.ts";
import { run } from "./load.ts";
import { processorMicros } from "./processor-time.ts";
import { median } from "./quantile.ts";

export interface ProcessorRatio {
  /** Median of the rounds' quotients. */
  readonly ratio: number;
  readonly rounds: readonly number[];
}

/** What a quotient may be compared with: one of the same processor and runtime. */
export interface KnownRatio {
  readonly ratio: number;
  readonly processor: string;
  readonly nodeMajor: number;
}

/** Counted and not timed: both have compiled as much when they are measured, however slow the machine is. */
const warmUpRequests = { pipe: 4_000, bailiwick: 2_500 };
const roundRequests = { pipe: 2_000, bailiwick: 250 };
const rounds = 7;

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
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const base = await microsPerRequest(pipe, roundRequests.pipe);
      ratios.push((await microsPerRequest(bailiwick, roundRequests.bailiwick)) / base);
    }
    return { ratio: median(ratios), rounds: ratios };
  } finally {
    for (const server of servers) await server.stop();
  }
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
  const each = rounds.map((round) => round.toFixed(1)).join(" ");
  return `${ratio.toFixed(1)} times the processor time of a bare pipe (rounds: ${each})`;
}
