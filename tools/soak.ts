// A cell in a hard life, judged by what can be seen from outside: `npm run soak -- --minutes 30`. Engines die, hang, lie and
// throttle, callers leave and flood, the law changes, the process and its threads are killed, its clock is set, its disk fills up. Same
// seed, same schedule. Exits 1 when anything speaks against the cell. The last line is a row for programs (soak-row.ts).
import { parseArgs } from "node:util";
import { formatReport } from "./soak/report.ts";
import { soakRow } from "./soak/soak-row.ts";
import { runSoak } from "./soak/run-soak.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    threads: { type: "string", default: "2" },
    rate: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    json: { type: "boolean", default: false },
  },
});
const [minutes, seed] = [Number(options.minutes), Number(options.seed)];
const [threads, requestsPerSecond] = [Number(options.threads), Number(options.rate)];
const isUsable = minutes >= 0.5 && requestsPerSecond > 0 && [seed, threads].every(Number.isSafeInteger);
if (!isUsable || threads < 1) {
  console.error(
    "soak: `--minutes` is a number from 0.5 on, `--rate` one above 0 (requests a second), `--threads` and `--seed` are integers",
  );
  process.exit(64);
}

const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // A second one does not wait: what runs is killed as this process leaves.
  process.on(signal, () => (ending.signal.aborted ? process.exit(130) : ending.abort()));
}
try {
  const report = await runSoak({
    seconds: minutes * 60,
    seed,
    threads,
    requestsPerSecond,
    signal: ending.signal,
    say: console.error,
  });
  console.log(options.json ? JSON.stringify(report) : formatReport(report));
  console.log(JSON.stringify(soakRow(report)));
  process.exitCode = report.isSound ? 0 : 1;
} catch (error) {
  console.error(ending.signal.aborted ? "soak: ended before its time" : error);
  process.exitCode = ending.signal.aborted ? 130 : 1;
}
