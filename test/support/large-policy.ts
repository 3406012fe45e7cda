// A policy of the size that `check` is measured on: the same text for the same numbers, on every machine.
import { seededRandom } from "./seeded-random.ts";

export interface PolicySize {
  readonly endpoints: number;
  readonly tenants: number;
  readonly packs: readonly string[];
  readonly seed: number;
}

const regions = "DE FR IE NL SE GB CH US CA JP KR SG AU BR AE".split(" ");
/** Whoever runs the cell has the data first, so a mechanism to another operator would lead nowhere. */
const cellOperators: Readonly<Record<string, string>> = {
  FR: "loire-cloud",
  GB: "thames-cloud",
  US: "pacific-cloud",
};
const operatorHomes = {
  "rhein-cloud": "DE",
  "loire-cloud": "FR",
  "thames-cloud": "GB",
  "pacific-cloud": "US",
};
const classes = ["personal", "health", "financial", "special", "biometric"];
const models = ["assistant", "summariser", "coder", "embedder"];

/** As its author would write it: every tenant and endpoint differs in something that the law looks at. */
export function largePolicy({ endpoints, tenants, packs, seed }: PolicySize): string {
  const random = seededRandom(seed);
  const one = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? "";
  const cells = regions.map((region) => ({ id: `cell-${region.toLowerCase()}`, region }));
  const engines = Array.from({ length: endpoints }, (_, index) => {
    const cell = cells[index % cells.length] ?? { id: "", region: "" };
    return { id: `engine-${index}`, cell, operator: one(Object.keys(operatorHomes)) };
  });
  return [
    "bailiwick: 1",
    "deployment: large.example",
    "law:",
    `  packs: [${packs.join(", ")}]`,
    "  mechanisms:",
    ...Array.from({ length: tenants / 2 }, (_, index) => {
      const until = `202${7 + (index % 2)}-0${1 + (index % 8)}-15`;
      return `    scc-${index}: { kind: scc-2021-914-m2, from: tenant-${index}, to: pacific-cloud, tia: TIA-${index}, until: ${until} }`;
    }),
    "operators:",
    ...Object.entries(operatorHomes).map(([id, home]) => `  ${id}: { home: ${home} }`),
    "cells:",
    ...cells.map(({ id, region }) => {
      const operator = cellOperators[region] ?? "rhein-cloud";
      return `  ${id}: { place: ${region}, url: https://${id}.test, operator: ${operator} }`;
    }),
    "endpoints:",
    ...engines.map(
      ({ id, cell, operator }) =>
        `  ${id}: { cell: ${cell.id}, engine: sim, url: https://${id}.test, operator: ${operator}, place: ${cell.region} }`,
    ),
    "models:",
    ...models.flatMap((alias, index) => [
      `  ${alias}:`,
      "    mode: legal-first",
      "    served-by:",
      ...engines.filter((_, at) => at % 2 === index % 2).map(({ id }) => `      ${id}: ${alias}`),
    ]),
    "tenants:",
    ...Array.from({ length: tenants }, (_, index) => {
      const home = regions[index % regions.length] ?? "";
      const requires = index % 4 === 0 ? `, requires: { residency: [${home}, EEA, CH] }` : "";
      const sector = index % 3 === 0 ? ", sector: bank" : "";
      return `  tenant-${index}: { established: ${home}, subjects: [${home}, ${one(regions)}], class: ${one(classes)}${sector}${requires} }`;
    }),
    "",
  ].join("\n");
}
