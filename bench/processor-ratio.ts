// The processor time of a request as a multiple of a bare pipe's, which test/processor-ratio.test.ts holds to the one in
// processor-ratio.json: `node bench/processor-ratio.ts` prints it three times, `--write` makes the one in the middle the one to hold to.
import { writeFileSync } from "node:fs";
import { median } from "./measure/quantile.ts";
import { formatRatio, knownRatio, measureProcessorRatio } from "./measure/processor-ratio.ts";

const ratios: number[] = [];
for (let run = 0; run < 3; run++) {
  const measured = await measureProcessorRatio();
  console.log(formatRatio(measured));
  ratios.push(measured.ratio);
}
if (process.argv.includes("--write")) {
  const file = new URL("processor-ratio.json", import.meta.url);
  writeFileSync(file, `${JSON.stringify(knownRatio(median(ratios)), null, 2)}\n`);
}
