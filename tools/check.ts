// Everything that CI runs: first what tells of a mistake in seconds, then the tests. What does not need the same thing runs
// at once. `npm run check -- types rooms` runs those steps alone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";

type Step = readonly [name: string, command: readonly string[]];

/** Each of the two rows of tests has as many files under way as there are processors: half of them wait for a process, a timer or a disk. */
const runTests = [
  "node",
  "--test",
  `--test-concurrency=${availableParallelism()}`,
  // The slowest file takes two minutes on a machine with nine times the work that it has processors for: this one hangs.
  "--test-timeout=600000",
];

/** One stage after the other; of a stage all rows at once; of a row one step after the other. */
const stages: ReadonlyArray<ReadonlyArray<readonly Step[]>> = [
  [
    [
      ["format", ["oxfmt", "--check", "."]],
      ["lint", ["oxlint", "--deny-warnings"]],
      ["types", ["tsc", "-b"]],
      ["dead-code", ["knip"]],
      ["docs", ["node", "tools/generate-docs.ts", "--check"]],
    ],
    [
      ["llamacpp", ["node", "tools/install-llamacpp.ts", "--if-reachable"]],
      ["test-tools", ["node", "tools/install-test-tools.ts", "--if-reachable"]],
    ],
  ],
  [
    [["rooms", [...runTests, "src/**/*.test.ts"]]],
    // What lives through whole cells, and waits most: it must not be what is left at the end.
    [
      ["cells", [...runTests, "test/**/*.test.ts"]],
      ["hostile", ["node", "tools/test-hostile.ts", "--together"]],
    ],
  ],
];

/** A thousand processes load the same files: each is stripped and compiled once. */
const env = {
  ...process.env,
  NODE_COMPILE_CACHE: resolve(import.meta.dirname, "../node_modules/.cache/compiled"),
};

const names = stages.flat(2).map(([name]) => name);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`check: no step is called ${unknown.join(", ")}; steps: ${names.join(", ")}`);
  process.exit(64);
}

for (const rows of stages) {
  const passed = await Promise.all(rows.map(passesRow));
  if (passed.includes(false)) process.exit(1);
}

async function passesRow(row: readonly Step[]): Promise<boolean> {
  for (const step of row) {
    const [name] = step;
    if ((wanted.length === 0 || wanted.includes(name)) && !(await passes(step))) return false;
  }
  return true;
}

/** What it says is kept until it ends: two at once would be read as one. */
async function passes([name, [program = "", ...args]]: Step): Promise<boolean> {
  const startedMs = performance.now();
  console.log(`== ${name} begins`);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => said.push(part));
  const ended = await once(child, "close").catch((error: Error) => [error.message]);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`\n== ${name}: ${program} ${args.join(" ")}`);
  process.stdout.write(Buffer.concat(said));
  const isPassed = ended[0] === 0;
  console.log(
    `== ${name} ${isPassed ? "passed" : `failed (${String(ended[0] ?? ended[1])})`} in ${seconds} s`,
  );
  return isPassed;
}
