// What the ledger costs: `node bench/ledger.ts [--json] [--only TEXT]` prints one row a case, of those whose name has TEXT.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { appendCases } from "./ledger-append.ts";
import { type LedgerCase, measure } from "./ledger-case.ts";
import { cosignedCases } from "./ledger-cosigned.ts";
import { memoryCases } from "./ledger-memory.ts";
import { recoveryCases } from "./ledger-recovery.ts";
import { slowDiskCases } from "./ledger-slow-disk.ts";

/** These are measured in a process that does nothing else, for they are figures of one thread. */
const verifier = { program: "bench/ledger-verify.ts", cases: ["verify", "proof"] };

/** In the order in which they are run; the last takes minutes. */
const cases: readonly LedgerCase[] = [
  ...appendCases,
  ...cosignedCases,
  ...slowDiskCases,
  ...recoveryCases,
  ...memoryCases,
];

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, json: { type: "boolean", default: false } },
});
const asked = cases.filter(({ name }) => name.includes(values.only));
const isVerifierAsked = verifier.cases.some((name) => name.includes(values.only));
if (asked.length === 0 && !isVerifierAsked) {
  const names = [...cases.map(({ name }) => name), ...verifier.cases];
  console.error(`no case has \`${values.only}\` in its name: ${names.join("; ")}`);
  process.exitCode = 64;
}
if (isVerifierAsked) spawnSync(process.execPath, [verifier.program], { stdio: "inherit" });
for (const each of asked) await print(each);

/** A case that cannot be measured here is told, and the others are measured all the same. */
async function print(each: LedgerCase): Promise<void> {
  try {
    const row = await measure(each);
    console.log(values.json ? JSON.stringify(row) : row);
  } catch (error) {
    console.error(`${each.name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
