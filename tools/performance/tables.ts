import type { GatewayRow, MemoryRow, Row, StreamsRow } from "../../bench/measure/rows.ts";
import type { SoakRow } from "../soak/soak-row.ts";
import { caseTitle } from "./case-title.ts";

/** By the name that the page asks for. */
export const blocks: Readonly<Record<string, (rows: readonly (Row | SoakRow)[]) => string>> = {
  machine: (rows) => machineLine(rows.filter((row) => row.bench !== "soak")),
  processor: (rows) => processorTable(rows.filter((row) => row.bench === "gateway")),
  latency: (rows) => latencyTable(rows.filter((row) => row.bench === "gateway")),
  streams: (rows) => streamsTable(rows.filter((row) => row.bench === "streams")),
  memory: (rows) => memoryTable(rows.filter((row) => row.bench === "memory")),
  soak: (rows) => soakTable(rows.filter((row) => row.bench === "soak")),
};

function machineLine(rows: readonly Row[]): string {
  const machine = rows.find((row) => row.bench === "machine");
  if (!machine) return "";
  const loads = rows.flatMap((row) => ("loadAverage" in row ? [row.loadAverage] : []));
  const syncs = rows.filter((row) => row.bench === "sync");
  const skipped = rows.filter((row) => row.bench === "skipped");
  const lines = [
    `Measured on ${machine.date}: ${machine.cores} × ${machine.processor}, Linux ${machine.kernel}, Node ${machine.node}, load average ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. ` +
      `A bare write of 1 KiB and fdatasync took ${spread(syncs.map(({ p50Ms }) => p50Ms))} ms at the median and ${spread(syncs.map(({ cpuUs }) => cpuUs))} µs of processor.`,
    ...skipped.map(({ peer, why }) => `\nNot measured: ${peer}: ${why}.`),
  ];
  return `${lines.join("\n")}\n`;
}

/** One line a peer, one column a case. */
function processorTable(rows: readonly GatewayRow[]): string {
  const cases = [...new Set(rows.map(caseTitle))];
  const peers = [...new Set(rows.map(({ peer }) => peer))];
  return table(
    ["", ...cases],
    peers.map((peer) => [
      peer,
      ...cases.map((title) =>
        processorCell(rows.find((row) => row.peer === peer && caseTitle(row) === title)),
      ),
    ]),
  );
}

function processorCell(row: GatewayRow | undefined): string {
  if (!row) return "–";
  const ratio = row.cpuOverNginx === null ? "" : ` (×${row.cpuOverNginx.toFixed(1)})`;
  const range = `[${grouped(row.cpuUsLeast)}–${grouped(row.cpuUsMost)}]`;
  return `${grouped(row.cpuUsPerRequest)}${ratio} ${range}`;
}

function latencyTable(rows: readonly GatewayRow[]): string {
  const heads = ["", "", "answers/s", "added p50", "added p99", "first byte, added p99", "memory"];
  return table(
    heads,
    rows.map((row) => [
      caseTitle(row),
      row.peer,
      grouped(row.rps),
      `${row.addedP50Ms.toFixed(2)} ms`,
      `${row.addedP99Ms.toFixed(2)} ms`,
      `${row.ttftAddedP99Ms.toFixed(2)} ms`,
      `${row.rssMiB} MiB`,
    ]),
  );
}

function soakTable(rows: readonly SoakRow[]): string {
  const told: readonly (readonly [string, (row: SoakRow) => string])[] = [
    ["date, seed", ({ date, seed }) => `${date}, ${seed}`],
    ["lasted", ({ seconds }) => `${(seconds / 60).toFixed(1)} min`],
    ["gateway threads", ({ threads }) => String(threads)],
    [
      "requests, at the pace of",
      ({ requests, requestsPerSecond }) => `${grouped(requests)}, ${requestsPerSecond}/s`,
    ],
    ["load of the machine in the last five minutes", ({ machineLoad }) => String(machineLoad)],
    ["violations", ({ violations }) => String(violations)],
    [
      "connections to engines, of them outside the lawful set",
      ({ connections, connectionsOutside }) => `${grouped(connections)}, ${connectionsOutside}`,
    ],
    ["answers with 200, each looked for in the ledger", ({ acknowledged }) => grouped(acknowledged)],
    ["budgets compared with their outcomes", ({ budgetsCompared }) => String(budgetsCompared)],
    [
      "kills of the process, from each to the first 200: median, most",
      ({ kills, toFirst200MedianMs, toFirst200MostMs }) =>
        `${kills}, ${secondsOf(toFirst200MedianMs)}, ${secondsOf(toFirst200MostMs)}`,
    ],
    [
      "threads lost, until each was replaced: median, most",
      ({ threadsLost, toReplacedMedianMs, toReplacedMostMs }) =>
        `${threadsLost}, ${secondsOf(toReplacedMedianMs)}, ${secondsOf(toReplacedMostMs)}`,
    ],
    [
      "reloads, erasures, quarantines",
      ({ reloads, erasures, quarantines }) => `${reloads}, ${erasures}, ${quarantines}`,
    ],
    [
      "memory of the longest life: judged for, median, growth meanwhile",
      ({ judgedSeconds, medianMb, growthPercent }) =>
        `${(judgedSeconds / 60).toFixed(1)} min, ${medianMb} MiB, ${growthPercent} %`,
    ],
  ];
  return table(
    ["", ...rows.map((_, at) => `run ${at + 1}`)],
    told.map(([label, read]) => [label, ...rows.map(read)]),
  );
}

function secondsOf(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

function streamsTable(rows: readonly StreamsRow[]): string {
  const heads = [
    "streams",
    "",
    "stalled over 100 ms",
    "latest event",
    "first byte, added p50 / p99",
    "memory of a stream",
    "processor time of an event",
  ];
  return table(
    heads,
    rows.map((row) => [
      grouped(row.streams),
      row.peer,
      String(row.stalled),
      `${row.worstMs.toFixed(0)} ms`,
      `${row.ttftAddedP50Ms.toFixed(1)} / ${row.ttftAddedP99Ms.toFixed(1)} ms`,
      `${row.kibPerStream.toFixed(1)} KiB`,
      `${row.cpuUsPerEvent.toFixed(1)} µs`,
    ]),
  );
}

function memoryTable(rows: readonly MemoryRow[]): string {
  const cases = [...new Set(rows.map((row) => row.case))];
  const value = (name: string, peer: string): string => {
    const row = rows.find((each) => each.case === name && each.peer === peer);
    return row ? `${grouped(row.value)} ${row.unit}`.trimEnd() : "–";
  };
  return table(
    ["", "bare pipe", "bailiwick"],
    cases.map((name) => [name, value(name, "pipe"), value(name, "bailiwick")]),
  );
}

function table(heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [heads, heads.map(() => "---"), ...rows];
  return `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function spread(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} to ${most}`;
}

/** 12345.6 → 12,346; small numbers keep a digit. */
function grouped(value: number): string {
  const text = value >= 100 ? value.toFixed(0) : String(Number(value.toFixed(1)));
  return text.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
