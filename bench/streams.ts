// Many streams at once, each with an event every 100 ms: `npm run bench:streams -- [--streams N] [--peers NAME,…] [--json]`.
// Who stands in front of the upstream may delay an event, and may hold memory for a stream.
import { parseArgs } from "node:util";
import { loadAverage, machineRow } from "./measure/machine.ts";
import { formatRow } from "./measure/gateway-row.ts";
import { type PacedStreams, runPaced } from "./measure/paced-streams.ts";
import { quantile, rounded } from "./measure/quantile.ts";
import type { Row } from "./measure/rows.ts";
import { startUpstream } from "./peers/node-programs.ts";
import type { Server } from "./peers/peer.ts";
import { peers } from "./peers/peers.ts";

const { values: options } = parseArgs({
  options: {
    streams: { type: "string", default: "500" },
    peers: { type: "string", default: "nginx,pipe,bailiwick" },
    json: { type: "boolean", default: false },
  },
});
const streams = Number(options.streams);
const paceMs = 100;
/** Beyond that a reader sees it. */
const stallMs = 100;
const warmUp = { streams: 50, paceMs: 1 };

print(machineRow());
const upstream = await startUpstream();
try {
  await runPaced(upstream, warmUp);
  const direct = await runPaced(upstream, { streams, paceMs });
  print(rowOf(upstream, direct, direct));
  for (const peer of peers.filter(({ name }) => options.peers.split(",").includes(name))) {
    const why = peer.whyMissing();
    if (why !== null) {
      print({ bench: "skipped", peer: peer.name, why });
      continue;
    }
    const server = await peer.start(upstream);
    try {
      for (let round = 0; round < 5; round++) await runPaced(server, warmUp);
      print(rowOf(server, await runPaced(server, { streams, paceMs }), direct));
    } finally {
      await server.stop();
    }
  }
} finally {
  await upstream.stop();
}

function rowOf({ name }: Server, own: PacedStreams, direct: PacedStreams): Row {
  const added = (share: number): number =>
    rounded(quantile(own.firstBytesMs, share) - quantile(direct.firstBytesMs, share));
  return {
    bench: "streams",
    peer: name,
    streams,
    paceMs,
    stalled: own.worstDelaysMs.filter((delayMs) => delayMs > stallMs).length,
    worstMs: rounded(Math.max(...own.worstDelaysMs)),
    ttftAddedP50Ms: added(0.5),
    ttftAddedP99Ms: added(0.99),
    kibPerStream: rounded(own.grownKiB / streams),
    cpuUsPerEvent: rounded(own.cpuUs / own.events),
    loadAverage: loadAverage(),
  };
}

function print(row: Row): void {
  console.log(options.json ? JSON.stringify(row) : formatRow(row));
}
