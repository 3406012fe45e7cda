import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startBailiwick } from "../peers/bailiwick.ts";
import { startPipe } from "../peers/node-programs.ts";
import { benchHeaders, type Server } from "../peers/peer.ts";
import { newFolder } from "../peers/server-process.ts";
import { gatewayCases } from "./gateway-cases.ts";
import { Caller, requestBytes, run } from "./load.ts";
import { processorMicros, residentMiB } from "./processor-time.ts";
import { median, rounded } from "./quantile.ts";
import { systemCalls } from "./system-calls.ts";

type Measured = "pipe" | "bailiwick";

interface MemoryCase {
  readonly name: string;
  readonly unit: string;
  /** A text says why it cannot be measured here. */
  readonly measure: (peer: Measured, upstream: Server) => Promise<number | string>;
}

const starts = 5;
const idleConnections = 10_000;
/** Collections have settled, and timers of the start have run. */
const settleMs = 2_000;
const warmUp = { clients: 32, seconds: 5 };

export const memoryCases: readonly MemoryCase[] = [
  { name: "start to ready", unit: "ms", measure: startMs },
  { name: "processor time of a start", unit: "ms", measure: startCpuMs },
  { name: "memory when idle", unit: "MiB", measure: idleMiB },
  { name: "each of 10,000 idle connections", unit: "KiB", measure: connectionKiB },
  { name: "garbage of a request", unit: "KiB", measure: (peer, to) => garbageKiB(peer, to, false) },
  {
    name: "garbage of a stream of 42 events",
    unit: "KiB",
    measure: (peer, to) => garbageKiB(peer, to, true),
  },
  { name: "system calls of a request, 32 callers", unit: "", measure: (peer, to) => calls(peer, to, 32) },
  { name: "system calls of a request, 1 caller", unit: "", measure: (peer, to) => calls(peer, to, 1) },
];

function start(peer: Measured, upstream: Server, environment = {}): Promise<Server> {
  return peer === "pipe" ? startPipe(upstream, environment) : startBailiwick(upstream, { environment });
}

/** Runs `action` beside a server of its own. */
async function beside<Value>(
  started: Promise<Server>,
  action: (server: Server) => Promise<Value>,
): Promise<Value> {
  const server = await started;
  try {
    return await action(server);
  } finally {
    await server.stop();
  }
}

async function startMs(peer: Measured, upstream: Server): Promise<number> {
  return medianStart(async () => {
    const beganMs = performance.now();
    return beside(start(peer, upstream), async (server) => {
      await untilReady(server);
      return performance.now() - beganMs;
    });
  });
}

async function startCpuMs(peer: Measured, upstream: Server): Promise<number> {
  return medianStart(() =>
    beside(start(peer, upstream), async (server) => {
      await untilReady(server);
      return processorMicros(server.processId) / 1_000;
    }),
  );
}

async function medianStart(once: () => Promise<number>): Promise<number> {
  const measured: number[] = [];
  for (let count = 0; count < starts; count++) measured.push(await once());
  return Math.round(median(measured));
}

/** Who has no admin listener is ready when it listens. */
async function untilReady(server: Server & { readonly adminPort?: number }): Promise<void> {
  if (server.adminPort === undefined) return;
  while (!(await isReady(`http://127.0.0.1:${server.adminPort}/readyz`))) await sleep(5);
}

async function isReady(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function idleMiB(peer: Measured, upstream: Server): Promise<number> {
  return beside(start(peer, upstream), async (server) => {
    await untilReady(server);
    await sleep(settleMs);
    return Math.round(residentMiB(server.processId));
  });
}

/** Each has had an answer, and waits for its next call. */
async function connectionKiB(peer: Measured, upstream: Server): Promise<number | string> {
  return beside(start(peer, upstream), async (server) => {
    const load = { port: server.port, headers: benchHeaders, body: smallBody };
    await run({ ...load, ...warmUp });
    await sleep(settleMs);
    const beforeMiB = residentMiB(server.processId);
    const bytes = requestBytes(load);
    const callers: Caller[] = [];
    try {
      const open = async (): Promise<void> => {
        while (callers.length < idleConnections) {
          const caller = await Caller.open(server.port);
          callers.push(caller);
          await caller.call(bytes);
        }
      };
      await Promise.all(Array.from({ length: warmUp.clients }, open));
      await sleep(settleMs);
      const stayed = callers.filter(({ isOpen }) => isOpen).length;
      // A machine too slow to open them all before the first is closed for having been idle.
      if (stayed < idleConnections / 2) return `only ${stayed} connections stayed open`;
      return rounded(((residentMiB(server.processId) - beforeMiB) * 1_024) / stayed);
    } finally {
      for (const caller of callers) caller.close();
    }
  });
}

const smallBody = gatewayCases.find(({ stream }) => !stream)?.body ?? "";
const streamBody = gatewayCases.find(({ stream }) => stream)?.body ?? "";

/** What all threads put on their heaps. */
async function garbageKiB(peer: Measured, upstream: Server, stream: boolean): Promise<number> {
  const socket = join(newFolder("allocations"), "socket");
  const counter = new URL("../programs/allocation-counter.ts", import.meta.url).href;
  const environment = { NODE_OPTIONS: `--import=${counter}`, BAILIWICK_BENCH_ALLOCATIONS: socket };
  return beside(start(peer, upstream, environment), async ({ port }) => {
    const load = { port, headers: benchHeaders, body: stream ? streamBody : smallBody, ...warmUp };
    await run(load);
    await allocatedBytes(socket);
    const { latenciesMs } = await run(load);
    return rounded((await allocatedBytes(socket)) / latenciesMs.length / 1_024);
  });
}

async function allocatedBytes(path: string): Promise<number> {
  const socket = connect(path);
  const [bytes] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return Number(bytes);
}

async function calls(peer: Measured, upstream: Server, clients: number): Promise<number | string> {
  return beside(start(peer, upstream), async ({ port, processId }) => {
    const load = { port, headers: benchHeaders, body: smallBody, ...warmUp, clients };
    await run(load);
    let requests = 0;
    const counted = await systemCalls(processId, async () => {
      requests = (await run(load)).latenciesMs.length;
    });
    return typeof counted === "string" ? counted : rounded(counted / requests);
  });
}
