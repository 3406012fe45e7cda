// Gives the same bytes to our reader of HTTP/1.1 and to Node's server: whatever Node refuses is refused, and the rest has the
// same messages, with the same headers and bodies. `npm run fuzz -- --cases 1000000 --seed 7` prints a row; exits 1, with the
// cases, where something differs.
import { parseArgs } from "node:util";
import { compareReadings } from "./fuzz/compare.ts";

const { values: options } = parseArgs({
  options: { cases: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const seed = Number(options.seed);

const startedAt = performance.now();
const { differences, ...tally } = await compareReadings(seed, Number(options.cases));
const perSecond = Math.round(tally.cases / ((performance.now() - startedAt) / 1_000));
console.log(JSON.stringify({ fuzz: "http1", seed, ...tally, differences: differences.length, perSecond }));
for (const difference of differences) console.log(JSON.stringify(difference));
process.exitCode = differences.length === 0 ? 0 : 1;
