// What the gateway takes beside processor time: `npm run bench:memory -- [--only TEXT] [--json]`. Each case starts a gateway of its
// own, and so does each for the bare pipe, which is what the runtime takes by itself.
import { parseArgs } from "node:util";
import { formatRow } from "./measure/gateway-row.ts";
import { loadAverage, machineRow } from "./measure/machine.ts";
import { memoryCases } from "./measure/memory-cases.ts";
import type { Row } from "./measure/rows.ts";
import { startUpstream } from "./peers/node-programs.ts";

const { values: options } = parseArgs({
  options: { only: { type: "string", default: "" }, json: { type: "boolean", default: false } },
});

print(machineRow());
const upstream = await startUpstream();
try {
  for (const { name, unit, measure } of memoryCases) {
    if (!name.includes(options.only)) continue;
    for (const peer of ["pipe", "bailiwick"] as const) {
      const measured = await measure(peer, upstream);
      if (typeof measured === "string") print({ bench: "skipped", peer: `${peer}, ${name}`, why: measured });
      else print({ bench: "memory", peer, case: name, value: measured, unit, loadAverage: loadAverage() });
    }
  }
} finally {
  await upstream.stop();
}

function print(row: Row): void {
  console.log(options.json ? JSON.stringify(row) : formatRow(row));
}
