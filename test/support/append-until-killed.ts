// Run as a process of its own: opens the ledger in argv[2] and appends permits and outcomes until somebody kills it.
// Prints a line for each acknowledged append: its index and the entry in hex.
import type { EntryIndex } from "../../src/base/index.ts";
import { encodeEntry, type WrittenEntry } from "../../src/ledger/index.ts";
import { openLedger, type Pairing } from "../../src/store/index.ts";
import { decisionEntry, outcomeEntry, requestId } from "./ledger-entries.ts";
import { testLedgerOptions, testNow } from "./test-ledger.ts";

const ledger = await openLedger(testLedgerOptions(process.argv[2] ?? ""));
let number = 0;
await Promise.all(Array.from({ length: 64 }, work));

async function work(): Promise<void> {
  for (;;) {
    const rid = requestId(++number);
    const decision = await append(decisionEntry(number, rid), { kind: "opens", rid });
    await append(outcomeEntry(number, decision, rid), { kind: "closes", rid });
  }
}

async function append(entry: WrittenEntry, pairing: Pairing): Promise<EntryIndex> {
  const bytes = encodeEntry({ ...entry, ts: testNow() });
  const { index } = await ledger.append(bytes, pairing);
  process.stdout.write(`${index} ${Buffer.from(bytes).toString("hex")}\n`);
  return index;
}
