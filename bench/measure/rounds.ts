// Rounds in which all targets take turns under the same load: what disturbs the machine for a while disturbs them all.
import { benchHeaders, type Server } from "../peers/peer.ts";
import { type Load, run } from "./load.ts";
import { processorMicros } from "./processor-time.ts";
import { quantile } from "./quantile.ts";

export interface Round {
  readonly rps: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP99Ms: number;
}

export type Call = Pick<Load, "body" | "clients" | "seconds">;

/** One array for each target, of a round each. The order is turned round each time, so nobody is always behind the same. */
export async function takeTurns(
  targets: readonly Server[],
  call: Call,
  rounds: number,
): Promise<ReadonlyMap<Server, readonly Round[]>> {
  const taken = new Map<Server, Round[]>(targets.map((target) => [target, []]));
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      taken.get(target)?.push(await takeTurn(target, call));
    }
  }
  return taken;
}

export async function takeTurn(target: Server, call: Call): Promise<Round> {
  const before = processorMicros(target.processId);
  const sample = await run({ port: target.port, headers: { ...benchHeaders, ...target.headers }, ...call });
  const { latenciesMs, firstBytesMs, elapsedMs } = sample;
  return {
    rps: (latenciesMs.length / elapsedMs) * 1000,
    cpuUs: (processorMicros(target.processId) - before) / latenciesMs.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    firstByteP99Ms: quantile(firstBytesMs, 0.99),
  };
}
