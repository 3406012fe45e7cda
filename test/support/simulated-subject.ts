import { setTimeout as delay } from "node:timers/promises";
import { monotonicNow } from "../../src/clock/index.ts";
import type { EndpointId, Place } from "../../src/base/index.ts";
import { startSimulatedEngine } from "../../src/providers/index.ts";
import type { Engine } from "../../src/providers/provider.ts";
import type { EngineSubject } from "../contract/engine-contract.ts";
import type { Front } from "./provider-front.ts";

const model = "llama";

interface SimulatedOptions {
  readonly operation?: EngineSubject["operation"];
  readonly askedAs?: NonNullable<EngineSubject["askedAs"]>;
  readonly apiKey?: string | null;
  readonly region?: string;
  readonly tokenUrl?: string;
  /** What stands before the engine, and knows callers and paths as a provider does. */
  readonly front?: (engineUrl: string) => Promise<Front>;
}

/** A simulated engine behind a real socket, called through `engine`. */
export async function simulatedSubject(
  engine: Engine,
  {
    operation = "chat_completions",
    askedAs = operation,
    apiKey = null,
    region,
    tokenUrl,
    front,
  }: SimulatedOptions = {},
): Promise<EngineSubject> {
  const server = await startSimulatedEngine({
    name: "fra-1",
    port: 0,
    model,
    place: "DE" as Place,
    timing: { prefillBaseMs: 1, prefillTokensPerSecond: 1_000_000, decodeMsPerToken: 1 },
    monotonicNow,
  });
  const door = await front?.(server.url);
  return {
    engine,
    address: {
      id: "fra-1" as EndpointId,
      engine: engine.name,
      url: door?.url ?? server.url,
      apiKey,
      modelFile: null,
      ...(region !== undefined && { region }),
      ...(tokenUrl !== undefined && { tokenUrl }),
      computes: ["DE" as Place],
    },
    model,
    operation,
    askedAs,
    whenIdle: () => whenIdle(server.url),
    async stop() {
      await door?.close();
      await server.close();
    },
  };
}

/** Asks until the engine runs nothing; the test runner's own timeout is the bound. */
export async function whenIdle(url: string): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    if (/num_requests_running\{.*\} 0\n/.test(metrics) && /num_requests_waiting\{.*\} 0\n/.test(metrics))
      return;
    await delay(5);
  }
}
