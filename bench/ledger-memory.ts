// Whether memory stays flat: so many appends at full speed, with the process's resident size looked at all the while.
import { encodeEntry } from "../src/ledger/index.ts";
import { type Ledger, openLedger } from "../src/store/index.ts";
import { decisionEntry, outcomeEntry, requestId } from "../test/support/ledger-entries.ts";
import { testLedgerOptions } from "../test/support/test-ledger.ts";
import { coresOf, latencyQuantiles, type LedgerCase, type Measured } from "./ledger-case.ts";

const callers = 256;
const mebibyte = 2 ** 20;

export const memoryCases: readonly LedgerCase[] = [
  { name: "memory over 10000000 appends", run: (directory) => fill(directory, 10_000_000) },
];

/** Permits and their outcomes, so that what is open comes and goes. Every 100th latency is kept. */
async function fill(directory: string, count: number): Promise<Measured> {
  const ledger = await openLedger({ ...testLedgerOptions(directory), sealIntervalMs: 1000 });
  const latencies: number[] = [];
  let appended = 0;
  const caller = async (): Promise<void> => {
    while (appended < count) {
      const number = (appended += 2);
      const startMs = performance.now();
      await appendPair(ledger, number);
      if (number % 200 === 0) latencies.push((performance.now() - startMs) / 2);
    }
  };
  const watch = watchMemory(() => appended / count);
  const { cores, elapsedMs } = await coresOf(async () => {
    await Promise.all(Array.from({ length: callers }, caller));
  });
  const memory = watch();
  await ledger.close();
  return {
    perSecond: Math.round(appended / (elapsedMs / 1000)),
    ...latencyQuantiles(latencies),
    cores,
    appended,
    ...memory,
  };
}

async function appendPair(ledger: Ledger, number: number): Promise<void> {
  const rid = requestId(number);
  const { index } = await ledger.append(encodeEntry(decisionEntry(1, rid)), { kind: "opens", rid });
  await ledger.append(encodeEntry(outcomeEntry(2, index, rid)), { kind: "closes", rid });
}

/** The highest resident size in each tenth of the way: flat means that the last is no higher than the second. */
function watchMemory(progress: () => number): () => Record<string, number> {
  const highest: number[] = [];
  const timer = setInterval(() => {
    const tenth = Math.min(9, Math.floor(progress() * 10));
    highest[tenth] = Math.max(highest[tenth] ?? 0, process.memoryUsage.rss() / mebibyte);
  }, 100);
  return () => {
    clearInterval(timer);
    return {
      rssSecondTenthMiB: Math.round(highest[1] ?? 0),
      rssLastTenthMiB: Math.round(highest[9] ?? 0),
      rssHighestMiB: Math.round(Math.max(...highest)),
    };
  };
}
