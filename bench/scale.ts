// Whether a request costs more where the policy is large: more endpoints behind one model, more keys. Processor time of the
// gateway's own processes a request, against the smallest policy of the same run; rounds take turns, and each figure is the
// median over them.
import { parseArgs } from "node:util";
import { run } from "./measure/load.ts";
import { processorMicros } from "./measure/processor-time.ts";
import { median } from "./measure/quantile.ts";
import { type PolicySize, startBailiwick } from "./peers/bailiwick.ts";
import { startUpstream } from "./peers/node-programs.ts";
import { benchHeaders, type Server } from "./peers/peer.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "5" } },
});

const sizes: readonly PolicySize[] = [
  { endpoints: 1, keys: 1 },
  { endpoints: 10, keys: 1 },
  { endpoints: 100, keys: 1 },
  { endpoints: 1_000, keys: 1 },
  { endpoints: 1, keys: 10_000 },
];
const load = {
  headers: benchHeaders,
  body: JSON.stringify({
    model: "assistant",
    messages: [{ role: "user", content: "Summarise. ".repeat(90) }],
  }),
  clients: 32,
  seconds: Infinity,
  requests: 2_000,
};
/** A gateway that has just started compiles: it is measured when it has not for a while. */
const warmUpRequests = 6_000;

const upstream = await startUpstream();
const gateways: Server[] = [];
try {
  for (const size of sizes) gateways.push(await startBailiwick(upstream, { size }));
  for (const { port } of gateways) await run({ ...load, port, requests: warmUpRequests });
  const micros = await measureInTurns(gateways, Number(options.rounds));
  for (const [index, size] of sizes.entries())
    print(size, micros[index] ?? Number.NaN, micros[0] ?? Number.NaN);
} finally {
  for (const gateway of gateways) await gateway.stop();
  await upstream.stop();
}

async function measureInTurns(targets: readonly Server[], rounds: number): Promise<readonly number[]> {
  const samples = targets.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { port, processId }] of targets.entries()) {
      const before = processorMicros(processId);
      await run({ ...load, port });
      samples[index]?.push((processorMicros(processId) - before) / load.requests);
    }
  }
  return samples.map(median);
}

function print({ endpoints, keys }: PolicySize, micros: number, base: number): void {
  const row = {
    bench: "scale",
    endpoints,
    keys,
    processorMicros: Math.round(micros),
    ratio: Number((micros / base).toFixed(2)),
  };
  if (options.json) return console.log(JSON.stringify(row));
  const policy = `${endpoints} endpoints, ${keys} keys`;
  console.log(
    `${policy.padEnd(28)}${String(row.processorMicros).padStart(6)} µs of processor  ×${row.ratio.toFixed(2)}`,
  );
}
