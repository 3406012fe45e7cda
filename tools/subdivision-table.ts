// src/base/iso-3166-2.ts, written from the package iso-3166. The table is checked in, so that what judges a place has no
// dependency and runs in a browser too.
import { iso31662 } from "iso-3166";

const head = `// ISO 3166-2: every subdivision that is assigned, a country a line or more: \`AD 02 03\`.
//
// Written by \`node tools/generate-docs.ts\` from the package iso-3166 (MIT). Change that.
`;

/** TypeScript. */
export function subdivisionTable(): string {
  const byCountry = Map.groupBy(iso31662, ({ code }) => code.slice(0, 2));
  const lines = [...byCountry]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([country, subdivisions]) =>
      chunks(subdivisions.map(({ code }) => code.slice(3)).toSorted(), 24).map(
        (codes) => `  "${country} ${codes.join(" ")}",\n`,
      ),
    );
  return `${head}\nexport const subdivisionLines: readonly string[] = [\n${lines.join("")}];\n`;
}

function chunks<Value>(values: readonly Value[], size: number): readonly (readonly Value[])[] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, index) => values.slice(index * size, (index + 1) * size));
}
