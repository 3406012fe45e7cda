// A thread that opens decisions and never closes one, until somebody ends it.
import { parentPort, workerData } from "node:worker_threads";
import { encodeEntry } from "../../src/ledger/index.ts";
import { type LedgerLoan, openLentLedger } from "../../src/store/index.ts";
import { decisionEntry, requestId } from "./ledger-entries.ts";

const { loan, now } = workerData as { readonly loan: LedgerLoan; readonly now: number };
const ledger = openLentLedger(loan);
for (let number = 1; number < 1_000_000; number++) {
  const entry = encodeEntry({ ...decisionEntry(number), ts: now });
  const appended = ledger.append(entry, { kind: "opens", rid: requestId(number) });
  if (number % 50 === 0) await appended;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  if (number === 200) parentPort?.postMessage(number);
}
