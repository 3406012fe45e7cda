// What the ledger costs: `node bench/ledger.ts [--json] [--only TEXT]` prints one row a case, of those whose name has TEXT.
import { parseArgs } from "node:util";
import { appendCases } from "./ledger-append.ts";
import { type LedgerCase, measure } from "./ledger-case.ts";
import { recoveryCases } from "./ledger-recovery.ts";

/** In the order in which they are run. */
const cases: readonly LedgerCase[] = [...appendCases, ...recoveryCases];

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, json: { type: "boolean", default: false } },
});
const asked = cases.filter(({ name }) => name.includes(values.only));
if (asked.length === 0) {
  console.error(`no case has \`${values.only}\` in its name: ${cases.map(({ name }) => name).join("; ")}`);
  process.exitCode = 64;
}
for (const each of asked) {
  const row = await measure(each);
  console.log(values.json ? JSON.stringify(row) : row);
}
