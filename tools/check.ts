// Everything that CI runs, in the order in which a mistake is cheapest to hear about. `npm run check -- types unit` runs those steps alone.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** The runner leaves one processor idle by itself; many tests wait for a process or a disk, so none need be. */
const testConcurrency = `--test-concurrency=${availableParallelism()}`;

const steps: ReadonlyArray<readonly [name: string, command: readonly string[]]> = [
  ["format", ["oxfmt", "--check", "."]],
  ["lint", ["oxlint", "--deny-warnings"]],
  ["types", ["tsc", "-b"]],
  ["dead-code", ["knip"]],
  ["docs", ["node", "tools/generate-docs.ts", "--check"]],
  ["llamacpp", ["node", "tools/install-llamacpp.ts", "--if-reachable"]],
  ["test-tools", ["node", "tools/install-test-tools.ts", "--if-reachable"]],
  ["test", ["node", "--test", testConcurrency, "src/**/*.test.ts", "test/**/*.test.ts"]],
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some(([step]) => step === name));
if (unknown.length > 0) {
  console.error(
    `check: no step is called ${unknown.join(", ")}; steps: ${steps.map(([name]) => name).join(", ")}`,
  );
  process.exit(64);
}

for (const [name, [program = "", ...args]] of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const startedMs = performance.now();
  console.log(`\n== ${name}: ${program} ${args.join(" ")}`);
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`== ${name} failed${error ? `: ${error.message}` : ` (exit ${status})`}`);
    process.exit(1);
  }
  console.log(`== ${name} passed in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}
