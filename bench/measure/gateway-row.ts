import type { Peer, Server } from "../peers/peer.ts";
import type { Case } from "./gateway-cases.ts";
import { loadAverage } from "./machine.ts";
import { residentMiB } from "./processor-time.ts";
import { median, rounded } from "./quantile.ts";
import type { Round } from "./rounds.ts";
import type { GatewayRow, Row } from "./rows.ts";

interface Compared {
  readonly peer: Peer;
  readonly server: Server;
  readonly each: Case;
  readonly rounds: {
    readonly own: readonly Round[];
    readonly direct: readonly Round[];
    readonly nginx: readonly Round[] | undefined;
  };
}

/** Every figure that compares two does so within a round; what is told is the median of the rounds. */
export function gatewayRow({ server, peer, each, rounds: { own, direct, nginx } }: Compared): GatewayRow {
  const added = (read: (round: Round) => number): number =>
    rounded(median(own.map((round, at) => read(round) - read(direct[at] ?? round))));
  const cpu = own.map(({ cpuUs }) => cpuUs);
  return {
    bench: "gateway",
    peer: server.name,
    ledger: peer.ledger,
    bodyKiB: each.bodyKiB,
    stream: each.stream,
    clients: each.clients,
    rps: Math.round(median(own.map(({ rps }) => rps))),
    cpuUsPerRequest: Math.round(median(cpu)),
    cpuUsLeast: Math.round(Math.min(...cpu)),
    cpuUsMost: Math.round(Math.max(...cpu)),
    cpuOverNginx:
      nginx === undefined
        ? null
        : rounded(median(cpu.map((us, at) => us / (nginx[at]?.cpuUs ?? Number.NaN)))),
    addedP50Ms: added(({ p50Ms }) => p50Ms),
    addedP99Ms: added(({ p99Ms }) => p99Ms),
    ttftAddedP99Ms: added(({ firstByteP99Ms }) => firstByteP99Ms),
    rssMiB: Math.round(residentMiB(server.processId)),
    loadAverage: loadAverage(),
  };
}

/** For people. */
export function formatRow(row: Row): string {
  if (row.bench === "skipped") return `SKIPPED ${row.peer}: ${row.why}`;
  if (row.bench !== "gateway") return Object.values(row).join("  ");
  const load = `${row.bodyKiB} KiB${row.stream ? ", streamed" : ""}, ×${row.clients}`;
  const ratio = row.cpuOverNginx === null ? "" : `  ×${row.cpuOverNginx.toFixed(2)} nginx`;
  return (
    `${load.padEnd(24)}${row.peer.padEnd(11)}${String(row.rps).padStart(6)}/s` +
    `${String(row.cpuUsPerRequest).padStart(8)} µs [${row.cpuUsLeast}–${row.cpuUsMost}]${ratio}` +
    `  +p50 ${row.addedP50Ms.toFixed(2)} ms  +p99 ${row.addedP99Ms.toFixed(2)} ms  ${row.rssMiB} MiB  load ${row.loadAverage.toFixed(1)}`
  );
}
