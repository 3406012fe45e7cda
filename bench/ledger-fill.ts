// Run as a process of its own: appends argv[3] permits with their outcomes to the ledger in argv[2], never seals, says that it is done,
// and waits to be killed.
import { encodeEntry } from "../src/ledger/index.ts";
import { openLedger } from "../src/store/index.ts";
import { decisionEntry, outcomeEntry, requestId } from "../test/support/ledger-entries.ts";
import { testLedgerOptions } from "../test/support/test-ledger.ts";

const [directory = "", count = "0"] = process.argv.slice(2);
const ledger = await openLedger({ ...testLedgerOptions(directory), sealIntervalMs: 3_600_000 });
let appended = 0;

async function work(): Promise<void> {
  while (appended < Number(count)) {
    const rid = requestId(appended);
    appended += 2;
    const { index } = await ledger.append(encodeEntry(decisionEntry(1, rid)), { kind: "opens", rid });
    await ledger.append(encodeEntry(outcomeEntry(2, index, rid)), { kind: "closes", rid });
  }
}

await Promise.all(Array.from({ length: 256 }, work));
process.stdout.write("done\n");
