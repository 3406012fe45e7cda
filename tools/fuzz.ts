// Gives odd input to what reads bytes of strangers, and the same input to a reader that is plainly right: HTTP/1.1 beside Node's
// own server, event streams, JSON, forms and events of sessions beside slow readers. `npm run fuzz -- --target http1 --cases 1000000 --seed 7` prints a
// row; without a target, one for each. Exits 1, with the cases, where something differs.
import { parseArgs } from "node:util";
import { compareReadings } from "../test/fuzz/http1/compare.ts";
import { formTarget } from "../test/fuzz/form-target.ts";
import { jsonTarget } from "../test/fuzz/json-target.ts";
import { realtimeTarget } from "../test/fuzz/realtime-target.ts";
import { sseTarget } from "../test/fuzz/sse-target.ts";
import { fuzz, type Target } from "../test/fuzz/target.ts";

interface Ran {
  readonly cases: number;
  readonly differences: readonly unknown[];
}

const targets: Readonly<Record<string, (seed: number, cases: number) => Promise<Ran>>> = {
  http1: compareReadings,
  json: (seed, cases) => fuzzed(jsonTarget, seed, cases),
  multipart: (seed, cases) => fuzzed(formTarget, seed, cases),
  websocket: (seed, cases) => fuzzed(realtimeTarget, seed, cases),
  sse: (seed, cases) => fuzzed(sseTarget, seed, cases),
};

const { values: options } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: Object.keys(targets) },
    cases: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
  },
});
const [seed, cases] = [Number(options.seed), Number(options.cases)];
for (const name of options.target) {
  const run = targets[name];
  if (!run)
    throw new TypeError(`no target is called \`${name}\`; there are ${Object.keys(targets).join(", ")}`);
  const startedAt = performance.now();
  const { differences, ...tally } = await run(seed, cases);
  const perSecond = Math.round(tally.cases / ((performance.now() - startedAt) / 1_000));
  console.log(JSON.stringify({ fuzz: name, seed, ...tally, differences: differences.length, perSecond }));
  for (const difference of differences) console.log(JSON.stringify(difference));
  if (differences.length > 0) process.exitCode = 1;
}

async function fuzzed(target: Target, first: number, count: number): Promise<Ran> {
  return fuzz(target, { cases: count, seed: first });
}
