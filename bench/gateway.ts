// What Bailiwick costs beside others in front of the same upstream, in the same run: `npm run bench -- --help`.
import { parseArgs } from "node:util";
import { bareSyncs } from "./measure/bare-sync.ts";
import { type Case, gatewayCases } from "./measure/gateway-cases.ts";
import { gatewayRow, formatRow } from "./measure/gateway-row.ts";
import { loadAverage, machineRow } from "./measure/machine.ts";
import { quantile, rounded } from "./measure/quantile.ts";
import { takeTurn, takeTurns } from "./measure/rounds.ts";
import type { Row } from "./measure/rows.ts";
import { against } from "./peers/bailiwick.ts";
import { installPeers } from "./peers/install.ts";
import { startUpstream } from "./peers/node-programs.ts";
import type { Peer, Server } from "./peers/peer.ts";
import { peers } from "./peers/peers.ts";

const usage = `npm run bench -- [--only TEXT] [--peers NAME,…] [--rounds N] [--seconds N] [--against CHECKOUT] [--json]
npm run bench -- --install
  --only TEXT         cases that have TEXT in their name: ${gatewayCases.map(({ name }) => name).join("; ")}
  --peers NAME,…      of ${peers.map(({ name }) => name).join(", ")}; all that are installed unless named
  --rounds N          in which all take turns; 5
  --seconds N         of load for each of them in a round; 2
  --against CHECKOUT  another checkout of Bailiwick, whose dependencies are installed
  --install           installs the peers, and measures nothing`;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    install: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    peers: { type: "string", default: peers.map(({ name }) => name).join(",") },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    against: { type: "string" },
  },
});
/** Programs that compile while they run are measured when they have done so for a while. */
const warmUpSeconds = 10;
const syncsPerCase = 200;

if (options.help) console.log(usage);
else if (options.install) process.exitCode = installPeers() ? 0 : 1;
else await bench();

async function bench(): Promise<void> {
  const cases = gatewayCases.filter(({ name }) => name.includes(options.only));
  const wanted = peers.filter(({ name }) => options.peers.split(",").includes(name));
  if (cases.length === 0 || wanted.length === 0) {
    console.error(usage);
    process.exitCode = 64;
    return;
  }
  print(machineRow());
  const upstream = await startUpstream();
  const started = new Map<Server, Peer>();
  try {
    const asked = options.against === undefined ? wanted : [...wanted, against(options.against)];
    for (const peer of asked) await start(peer, upstream, started);
    await warmUp([...started.keys()]);
    for (const each of cases) await compare(each, upstream, started);
  } finally {
    for (const server of [...started.keys(), upstream]) await server.stop();
  }
}

/** Whoever cannot be measured here is named, and the others are measured all the same. */
async function start(peer: Peer, upstream: Server, started: Map<Server, Peer>): Promise<void> {
  try {
    const why = peer.whyMissing();
    if (why !== null) return print({ bench: "skipped", peer: peer.name, why });
    started.set(await peer.start(upstream), peer);
  } catch (error) {
    print({ bench: "skipped", peer: peer.name, why: error instanceof Error ? error.message : String(error) });
  }
}

async function warmUp(servers: readonly Server[]): Promise<void> {
  const [first] = gatewayCases;
  if (!first) return;
  for (const server of servers) await takeTurn(server, { ...first, seconds: warmUpSeconds });
}

async function compare(each: Case, upstream: Server, started: ReadonlyMap<Server, Peer>): Promise<void> {
  const targets = [upstream, ...started.keys()];
  const call = { ...each, seconds: Number(options.seconds) };
  for (const target of targets) await takeTurn(target, { ...call, seconds: call.seconds / 2 });
  const syncs = bareSyncs(syncsPerCase);
  const taken = await takeTurns(targets, call, Number(options.rounds));
  const direct = taken.get(upstream) ?? [];
  const nginx = targets.find(({ name }) => name === "nginx");
  for (const [server, peer] of started) {
    const rounds = { own: taken.get(server) ?? [], direct, nginx: nginx && taken.get(nginx) };
    print(gatewayRow({ peer, server, each, rounds }));
  }
  print({
    bench: "sync",
    p50Ms: rounded(quantile(syncs.latenciesMs, 0.5)),
    p99Ms: rounded(quantile(syncs.latenciesMs, 0.99)),
    cpuUs: Math.round(syncs.cpuUs),
    loadAverage: loadAverage(),
  });
}

function print(row: Row): void {
  console.log(options.json ? JSON.stringify(row) : formatRow(row));
}
