// Measures everything that docs/performance.md has a table of, and writes the rows that it is made from: `npm run bench:record`. On
// a quiet machine, with the peers installed, it takes half an hour. Nothing is written unless all of it could be measured;
// `npm run generate` makes the page afterwards.
import { spawnSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    streams: { type: "string", default: "500,2000" },
  },
});
const root = resolve(import.meta.dirname, "..");
const rowsFile = resolve(root, "docs/performance/rows.jsonl");

const texts = [
  rowsOf("gateway.ts", ["--rounds", options.rounds, "--seconds", options.seconds]),
  ...options.streams.split(",").map((streams) => rowsOf("streams.ts", ["--streams", streams])),
  rowsOf("memory.ts", []),
];
writeFileSync(`${rowsFile}.new`, texts.join(""));
renameSync(`${rowsFile}.new`, rowsFile);

function rowsOf(program: string, args: readonly string[]): string {
  console.error(`bench:record: ${program} ${args.join(" ")}`);
  const { status, stdout } = spawnSync(
    process.execPath,
    [resolve(import.meta.dirname, program), "--json", ...args],
    { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (status !== 0) throw new Error(`${program} failed, so nothing is written`);
  return stdout;
}
