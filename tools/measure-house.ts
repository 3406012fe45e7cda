// Measures the shape of the source tree: sizes, import circles, crowded folders, and how far one request walks.
// `npm run measure:house -- --json` is for machines, `--root ../other` measures another checkout, also an older one.
import { globSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatFigures } from "./house/figures-table.ts";
import { measureHouse } from "./house/figures.ts";

const options = { json: { type: "boolean" }, root: { type: "string" } } as const;
const { root, isJson } = readArguments(process.argv.slice(2));
const figures = measureHouse(root);
console.log(isJson ? JSON.stringify(figures, null, 2) : formatFigures(figures));

function readArguments(args: string[]): { readonly root: string; readonly isJson: boolean } {
  const { values, tokens } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") refuse(`takes no argument, and got \`${token.value}\``);
    if (token.kind !== "option") continue;
    const { rawName, name, value } = token;
    if (!Object.hasOwn(options, name)) refuse(`no option is called \`${rawName}\``);
    if (name === "json" && value !== undefined) refuse(`\`--json\` takes no value, and got \`${value}\``);
    if (name === "root" && !value) refuse("`--root` needs a folder");
  }
  const { root = resolve(import.meta.dirname, ".."), json } = values;
  if (typeof root !== "string" || globSync("src/**/*.ts", { cwd: root }).length === 0) {
    refuse(`\`--root\` is \`${root}\`, and no \`src/**/*.ts\` lies there; name a checkout`);
  }
  return { root, isJson: json === true };
}

function refuse(reason: string): never {
  console.error(`measure-house: ${reason}; options: --json, --root DIR`);
  process.exit(64);
}
