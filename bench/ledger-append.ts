// What a durable append costs: closed loops of so many callers, an open loop at a given rate, and how long an entry waits
// for its checkpoint.
import { setTimeout } from "node:timers/promises";
import { encodeEntry } from "../src/ledger/index.ts";
import { type Ledger, openLedger } from "../src/store/index.ts";
import { refusalEntry } from "../test/support/ledger-entries.ts";
import { testLedgerOptions } from "../test/support/test-ledger.ts";
import { coresOf, latencyQuantiles, type LedgerCase, type Measured } from "./ledger-case.ts";

const durationMs = 5000;
const entry = encodeEntry(refusalEntry(1));

export const appendCases: readonly LedgerCase[] = [
  ...[1, 16, 32, 256].map((callers) => ({
    name: `append, ${callers} at a time`,
    run: (directory: string) => withLedger(directory, (ledger) => closedLoop(ledger, callers)),
  })),
  {
    name: "append, 10000 a second",
    run: (directory) => withLedger(directory, (ledger) => openLoop(ledger, 10_000)),
  },
  {
    name: "entry to checkpoint, 10000 a second",
    run: (directory) => withLedger(directory, (ledger) => untilSealed(ledger, 10_000)),
  },
];

async function withLedger(directory: string, run: (ledger: Ledger) => Promise<Measured>): Promise<Measured> {
  const ledger = await openLedger({ ...testLedgerOptions(directory), sealIntervalMs: 1000 });
  try {
    return await run(ledger);
  } finally {
    await ledger.close();
  }
}

export async function closedLoop(ledger: Ledger, callers: number): Promise<Measured> {
  const latencies: number[] = [];
  const endMs = performance.now() + durationMs;
  const caller = async (): Promise<void> => {
    while (performance.now() < endMs) latencies.push(await timedAppend(ledger));
  };
  const { cores, elapsedMs } = await coresOf(async () => {
    await Promise.all(Array.from({ length: callers }, caller));
  });
  return {
    perSecond: Math.round(latencies.length / (elapsedMs / 1000)),
    ...latencyQuantiles(latencies),
    cores,
    cpuUsPerEntry: Math.round((cores * elapsedMs * 1000) / latencies.length),
  };
}

/** Appends come when they are due, whether or not the earlier ones have been answered. */
async function openLoop(ledger: Ledger, perSecond: number): Promise<Measured> {
  const appended: Promise<number>[] = [];
  const { cores } = await coresOf(() => pace(perSecond, () => appended.push(timedAppend(ledger))));
  const latencies = await Promise.all(appended);
  return {
    perSecond: Math.round(latencies.length / (durationMs / 1000)),
    ...latencyQuantiles(latencies),
    cores,
  };
}

/** As the ledger's state tells it, looked at every millisecond. */
export async function untilSealed(ledger: Ledger, perSecond: number): Promise<Measured> {
  const waiting: { readonly index: number; readonly startMs: number }[] = [];
  const latencies: number[] = [];
  const look = (): void => {
    const { sealedSize } = ledger.state();
    const covered = waiting.findIndex(({ index }) => index >= sealedSize);
    const sealed = waiting.splice(0, covered === -1 ? waiting.length : covered);
    latencies.push(...sealed.map(({ startMs }) => performance.now() - startMs));
  };
  const append = async (): Promise<void> => {
    const startMs = performance.now();
    const { index } = await ledger.append(entry, { kind: "none" });
    waiting.push({ index, startMs });
  };
  const appended: Promise<void>[] = [];
  const { cores } = await coresOf(() => pace(perSecond, () => appended.push(append()), look));
  await Promise.all(appended);
  for (; waiting.length > 0; look()) await setTimeout(1);
  return {
    perSecond: Math.round(latencies.length / (durationMs / 1000)),
    ...latencyQuantiles(latencies),
    cores,
  };
}

async function pace(
  perSecond: number,
  action: () => unknown,
  afterwards: () => void = () => {},
): Promise<void> {
  const startMs = performance.now();
  let done = 0;
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startMs) {
    for (; done < (elapsedMs / 1000) * perSecond; done++) action();
    afterwards();
    await setTimeout(1);
  }
}

async function timedAppend(ledger: Ledger): Promise<number> {
  const startMs = performance.now();
  await ledger.append(entry, { kind: "none" });
  return performance.now() - startMs;
}
