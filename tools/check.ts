// Everything that CI runs, in the order in which a mistake is cheapest to hear about. `npm run check -- types unit` runs those steps alone.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";

/** One more than there are processors: many tests wait for a process, a timer or a disk. The runner by itself leaves one idle. */
const testConcurrency = `--test-concurrency=${availableParallelism() + 1}`;

const steps: ReadonlyArray<readonly [name: string, command: readonly string[]]> = [
  ["format", ["oxfmt", "--check", "."]],
  ["lint", ["oxlint", "--deny-warnings"]],
  ["types", ["tsc", "-b"]],
  ["dead-code", ["knip"]],
  ["docs", ["node", "tools/generate-docs.ts", "--check"]],
  ["llamacpp", ["node", "tools/install-llamacpp.ts", "--if-reachable"]],
  ["test-tools", ["node", "tools/install-test-tools.ts", "--if-reachable"]],
  ["test", ["node", "--test", testConcurrency, "src/**/*.test.ts", "test/**/*.test.ts"]],
  ["hostile", ["node", "tools/test-hostile.ts", "--together"]],
];

/** A thousand processes load the same files: each is stripped and compiled once. */
const env = {
  ...process.env,
  NODE_COMPILE_CACHE: resolve(import.meta.dirname, "../node_modules/.cache/compiled"),
};

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
  const { status, error } = spawnSync(program, args, { stdio: "inherit", env });
  if (status !== 0) {
    console.error(`== ${name} failed${error ? `: ${error.message}` : ` (exit ${status})`}`);
    process.exit(1);
  }
  console.log(`== ${name} passed in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}
