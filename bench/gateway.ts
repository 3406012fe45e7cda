// What Bailiwick costs beside a plain reverse proxy in front of the same upstream, in the same run, with the ledger on.
// Rounds alternate between the two, and every figure is the median over rounds, because machines are shared and noisy.
import { parseArgs } from "node:util";
import { median, quantile, run, type Sample } from "./load.ts";
import { processorMicros } from "./processor-time.ts";
import { benchKey, type Server, startBailiwick, startUpstream, startYardstick } from "./proxies.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    /** Another checkout, measured in the same rounds. */
    against: { type: "string" },
  },
});

const headers = { authorization: `Bearer ${benchKey}`, "content-type": "application/json" };
const messages = [
  { role: "user", content: "Summarise the terms of the contract below in three sentences. ".repeat(16) },
];

interface Case {
  readonly name: string;
  readonly isStream: boolean;
  readonly concurrency: number;
  readonly requests: number;
}

const cases: readonly Case[] = [
  { name: "plain, 1 caller", isStream: false, concurrency: 1, requests: 400 },
  { name: "plain, 32 callers", isStream: false, concurrency: 32, requests: 3000 },
  { name: "streamed, 1 caller", isStream: true, concurrency: 1, requests: 400 },
  { name: "streamed, 32 callers", isStream: true, concurrency: 32, requests: 2000 },
];

interface Row {
  readonly bench: "gateway";
  readonly case: string;
  readonly target: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Beyond the yardstick, in the same round. */
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  /** Requests per second as a share of the yardstick's, in the same round. */
  readonly ratio: number;
  /** Processor time of the target's own processes, a request. */
  readonly processorMicros: number;
}

const upstream = await startUpstream();
const yardstick = await startYardstick(upstream);
const gateway = await startBailiwick(upstream);
const against =
  options.against === undefined ? null : await startBailiwick(upstream, { checkout: options.against });
const targets = [yardstick, gateway, ...(against ? [against] : [])];
try {
  for (const each of cases) for (const row of await compare(each, Number(options.rounds))) print(row);
} finally {
  await against?.stop();
  await gateway.stop();
  await yardstick.stop();
  await upstream.stop();
}

async function compare(each: Case, rounds: number): Promise<readonly Row[]> {
  for (const target of targets) await measure(target, { ...each, requests: Math.ceil(each.requests / 4) });
  const samples = new Map<Server, Measured[]>(targets.map((target) => [target, []]));
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      samples.get(target)?.push(await measure(target, each));
    }
  }
  const base = samples.get(yardstick) ?? [];
  return targets.map((target) => rowOf(each, target, { own: samples.get(target) ?? [], base }));
}

interface Measured extends Sample {
  readonly processorMicros: number;
}

async function measure(target: Server, { isStream, concurrency, requests }: Case): Promise<Measured> {
  const body = JSON.stringify({ model: "assistant", stream: isStream, messages });
  const before = processorMicros(target.processId);
  const sample = await run({ url: target.url, headers, body, concurrency, requests });
  return { ...sample, processorMicros: (processorMicros(target.processId) - before) / requests };
}

function rowOf(
  each: Case,
  target: Server,
  { own, base }: { own: readonly Measured[]; base: readonly Measured[] },
): Row {
  const added = (share: number): number =>
    median(own.map((sample, round) => at(share)(sample) - at(share)(base[round] ?? sample)));
  return {
    bench: "gateway",
    case: each.name,
    target: target.name,
    perSecond: rounded(median(own.map(perSecond))),
    p50Ms: rounded(median(own.map(at(0.5)))),
    p99Ms: rounded(median(own.map(at(0.99)))),
    addedP50Ms: rounded(added(0.5)),
    addedP99Ms: rounded(added(0.99)),
    processorMicros: Math.round(median(own.map((sample) => sample.processorMicros))),
    ratio: rounded(median(own.map((sample, round) => perSecond(sample) / perSecond(base[round] ?? sample)))),
  };
}

function perSecond({ latenciesMs, elapsedMs }: Sample): number {
  return (latenciesMs.length / elapsedMs) * 1000;
}

function at(share: number): (sample: Sample) => number {
  return ({ latenciesMs }) => quantile(latenciesMs, share);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function print(row: Row): void {
  if (options.json) {
    console.log(JSON.stringify(row));
  } else {
    console.log(
      `${row.case.padEnd(22)}${row.target.padEnd(11)}${row.perSecond.toFixed(0).padStart(8)}/s` +
        `  p50 ${row.p50Ms.toFixed(2)} ms (+${row.addedP50Ms.toFixed(2)})  p99 ${row.p99Ms.toFixed(2)} ms (+${row.addedP99Ms.toFixed(2)})` +
        `  ×${row.ratio.toFixed(2)}  ${row.processorMicros} µs of processor`,
    );
  }
}
