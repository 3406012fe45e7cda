// How much of the law's engine its tests hold: each rule, comparison and condition of `src/law` is broken in turn, in a copy
// of the tree, and the law's tests must notice: those of `src/law`, the worked cases and the kinds of cases.
// `npm run mutate:law -- --sample 50 --seed 7` tries some at random, `--file src/law/rules/rule.ts` those of one file. Exits 1
// below the goal; docs/law/mutants.md gives reasons for survivors.
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../test/support/seeded-random.ts";
import { type Mutation, mutationsOf } from "./mutation/mutations.ts";
import { type Trial, Workshop } from "./mutation/workshop.ts";

const { values: options } = parseArgs({
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    file: { type: "string", multiple: true },
  },
});

const root = resolve(import.meta.dirname, "..");
const goal = 0.98;
const workers = 2;
/** Generated cases find what the tables miss, and take longer. */
const slow = /properties|claims|legal-event\.test/;

const tests = globSync("src/law/{,policy/,rules/}*.test.ts", { cwd: root }).toSorted();
const trials: readonly Trial[] = [
  trialOf(
    "tests",
    tests.filter((file) => !slow.test(file)),
  ),
  { name: "types", command: ["node_modules/.bin/tsc", "-b", "src/law"] },
  trialOf("kinds of cases", globSync("test/law-{kinds,cases}.test.ts", { cwd: root }).toSorted()),
  trialOf(
    "properties",
    tests.filter((file) => slow.test(file)),
  ),
];
const mutations = chosen(globSync("src/law/{,policy/,rules/}*.ts", { cwd: root }).flatMap(mutationsIn));
const survivors = await tryAll(mutations);
const killed = mutations.length - survivors.length;
for (const each of survivors) console.log(`survived: ${formatMutation(each)}`);
console.log(`killed ${killed}/${mutations.length} (${((100 * killed) / mutations.length).toFixed(1)} %)`);
process.exitCode = killed / mutations.length >= goal ? 0 : 1;

function trialOf(name: string, files: readonly string[]): Trial {
  return {
    name,
    command: [process.execPath, "--test", "--test-isolation=none", "--test-reporter=tap", ...files],
  };
}

function mutationsIn(file: string): readonly Mutation[] {
  if (file.endsWith(".test.ts") || (options.file && !options.file.includes(file))) return [];
  return mutationsOf(file, readFileSync(resolve(root, file), "utf8"));
}

function chosen(all: readonly Mutation[]): readonly Mutation[] {
  if (options.sample === undefined) return all;
  const random = seededRandom(Number(options.seed));
  const shuffled = all
    .map((mutation) => ({ mutation, order: random() }))
    .toSorted((left, right) => left.order - right.order);
  return shuffled.slice(0, Number(options.sample)).map(({ mutation }) => mutation);
}

async function tryAll(all: readonly Mutation[]): Promise<readonly Mutation[]> {
  const left = all.entries();
  const survived: Mutation[] = [];
  await Promise.all(Array.from({ length: workers }, () => work(left, survived)));
  return survived.toSorted((a, b) => (formatMutation(a) < formatMutation(b) ? -1 : 1));
}

async function work(left: Iterator<[number, Mutation]>, survived: Mutation[]): Promise<void> {
  const workshop = new Workshop(root, trials);
  try {
    const unchanged = await workshop.tryUnchanged();
    if (unchanged.kind === "killed") throw new Error(`nothing was broken, and the ${unchanged.by} failed`);
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const [index, mutation] = next.value;
      const fate = await workshop.try(mutation);
      if (fate.kind === "survived") survived.push(mutation);
      const said = fate.kind === "killed" ? `killed by ${fate.by}` : "SURVIVED";
      console.log(`${index + 1}/${mutations.length} ${said}: ${formatMutation(mutation)}`);
    }
  } finally {
    workshop.close();
  }
}

function formatMutation({ file, line, column, name }: Mutation): string {
  return `${file}:${line}:${column}: ${name}`;
}
