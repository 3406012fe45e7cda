import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ListenAddress } from "../config/index.ts";
import { type CellContext, createCellContext } from "./cell-context.ts";
import type { Exchange } from "./exchange.ts";
import { startCopyWatch } from "./copy-watch.ts";
import { GatewayError } from "./gateway-error.ts";
import { startKeyWatch } from "./key-watch.ts";
import { startLegalEvents } from "./legal-events.ts";
import { createListener } from "./listener.ts";
import type { Gateway, GatewayParts } from "./parts.ts";
import { startProber } from "./prober.ts";
import { startReplayMark } from "./lifecycle/replay-watch.ts";
import { startRecordSweep } from "./records/record-sweep.ts";
import { reload } from "./reload.ts";
import { adminRoutes, callerRoutes } from "./routes.ts";
import { watchQuorum } from "./witness/quorum-watch.ts";

/** After the last exchange, for answers that are still in the kernel's hands. */
const lingerMs = 2_000;

/** Resolves when both listeners take connections. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const startedAtMs = parts.now();
  const cell = await createCellContext(parts);
  const events = await startLegalEvents(cell);
  const running = new Set<Exchange>();
  const callers = createListener(cell, { door: "callers", routes: callerRoutes, running });
  const admin = createListener(cell, { door: "admin", routes: adminRoutes, running: new Set() });
  const { url, adminUrl } = await openDoors(callers, admin, parts).catch((error: unknown) => {
    events.stop();
    throw error;
  });
  const watches = [
    startProber(cell.pool, parts.upstreams),
    startKeyWatch(cell),
    startCopyWatch(cell),
    startRecordSweep(cell),
    startReplayMark(cell),
    watchQuorum(cell),
  ];
  const closed = Promise.withResolvers<void>();
  let quiescing: Promise<void> | null = null;
  let draining: Promise<void> | null = null;

  function quiesce(): Promise<void> {
    cell.life.isDraining = true;
    cell.log({ event: "cell_draining", cell: cell.cell, inFlight: running.size });
    return finish(cell, running);
  }

  async function drain(): Promise<void> {
    const finished = (quiescing ??= quiesce());
    const callersClosed = stopListening(callers);
    await finished;
    for (const watch of watches) watch.stop();
    events.stop();
    await hangUp(callers, callersClosed);
    await hangUp(admin, stopListening(admin));
    cell.log({ event: "cell_stopped", cell: cell.cell, uptimeMs: cell.now() - startedAtMs });
    closed.resolve();
  }

  cell.log({ event: "policy_loaded", cell: cell.cell, policy: cell.policy.law.hash });
  cell.log({ event: "cell_started", cell: cell.cell, port: portOf(callers), adminPort: portOf(admin) });
  return {
    url,
    adminUrl,
    reload: (policy) => reload(cell, policy),
    quiesce: () => (quiescing ??= quiesce()),
    drain: () => (draining ??= drain()),
    closed: closed.promise,
  };
}

/** Waits for what is running, then ends it: each gets its typed error, and each outcome is recorded. */
async function finish(cell: CellContext, running: Set<Exchange>): Promise<void> {
  const isOver = (): Promise<unknown> => Promise.all(Array.from(running, ({ over }) => over));
  await within(cell.limits.drainTimeoutMs, isOver());
  for (const exchange of running) {
    exchange.stop(new GatewayError("gateway_draining", "this process is ending before the answer could"));
  }
  // Takes no caller's part; a ledger that hangs must not keep the process.
  await within(lingerMs, isOver());
}

async function openDoors(
  callers: Server,
  admin: Server,
  parts: Pick<GatewayParts, "listen" | "admin">,
): Promise<Pick<Gateway, "url" | "adminUrl">> {
  const url = await listen(callers, parts.listen);
  const adminUrl = await listen(admin, parts.admin).catch(async (error: unknown) => {
    await stopListening(callers);
    throw error;
  });
  return { url, adminUrl };
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return `http://${host.includes(":") ? `[${host}]` : host}:${portOf(server)}`;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([work, sleep(timeoutMs, undefined, { signal: timeout.signal })]);
  timeout.abort();
}

/** Takes no more connections. Resolves when all are closed. */
function stopListening(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}

/** For when nothing runs any more: lets answers that are on their way arrive, then cuts whoever still holds on. */
async function hangUp(server: Server, closed: Promise<void>): Promise<void> {
  server.closeIdleConnections();
  await within(lingerMs, closed);
  server.closeAllConnections();
  await closed;
}
