// Owner: the gateway's thread. The callers' listener, and everything that a caller's request goes through.
import type { EndpointId } from "../base/index.ts";
import { type BatchRunner, startBatchRunner } from "./batches/batch-runner.ts";
import { createServe } from "./serve.ts";
import { type CellServices, createCellServices } from "./exchange/cell-services.ts";
import { defaultWords } from "./exchange/error-words.ts";
import { Exchange } from "./exchange/exchange.ts";
import { GatewayError } from "./exchange/gateway-error.ts";
import { preparePolicy } from "./exchange/open-epochs.ts";
import type { Gateway, GatewayParts } from "./exchange/parts.ts";
import { readHeldEvent } from "./in-force/held-events.ts";
import { levelsOf } from "./limits/policy-levels.ts";
import { closeDoor, hangUp, lingerMs, openDoor, within } from "./listen/door.ts";
import { createListener } from "./listen/listener.ts";
import { account } from "./reply/account.ts";
import { countingMs } from "./shared/counter-standing.ts";
import { createCallerRoutes } from "./routes.ts";
import { startProber } from "./watch/prober.ts";

/** Resolves when the callers' listener takes connections. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const cell = await createCellServices(parts);
  const running = new Set<Exchange>();
  const serve = serveCallers(cell, running);
  const callers = createListener({
    cell: cell.cell,
    limits: cell.limits,
    now: cell.now,
    connections: {
      maxConnections: cell.capacity.connections,
      onCount: (open) => cell.meters.connections(open),
      onCrowded: () => cell.meters.crowded(),
    },
    tls: parts.tls,
    serve,
  });
  const url = await openDoor(callers, { ...parts.listen, reusePort: parts.isPortShared }).catch(
    async (error: unknown) => {
      await closeUpstreams(cell);
      throw error;
    },
  );
  const prober = startProber(cell);
  const batches = cell.limitSeat.thread === 0 ? startBatchRunner(cell, (line) => serve(line).over) : null;
  let quiescing: Promise<void> | null = null;
  let draining: Promise<void> | null = null;

  function quiesce(): Promise<void> {
    cell.life.isDraining = true;
    cell.log({ event: "cell_draining", cell: cell.cell, inFlight: running.size });
    return finish(cell, running, batches);
  }

  async function drain(): Promise<void> {
    const finished = (quiescing ??= quiesce());
    const closed = closeDoor(callers);
    await finished;
    prober.stop();
    await hangUp(callers, closed);
    await closeUpstreams(cell);
    cell.responses.clear();
  }

  return {
    url,
    prepare: (next) => preparePolicy(cell, next),
    takeEvents: (texts) => takeEvents(cell, texts),
    quarantine: (endpoint) => quarantine(cell, endpoint),
    forget: (subject) => forget(cell, batches, subject),
    takeKeySet: (id, set) => cell.keySets.take(id, set),
    renewTls: (tls) => callers.renewTls(tls),
    release: (endpoint) => cell.pool.signal(endpoint, { kind: "released" }),
    hear: (standing) => void (cell.life.standing = standing),
    limits: () =>
      cell.limiter.standings(levelsOf(cell.inForce.current.policy), {
        monotonicMs: cell.monotonicNow(),
        askedMs: countingMs(cell),
      }),
    serve: (channel) => serve(channel).over,
    quiesce: () => (quiescing ??= quiesce()),
    drain: () => (draining ??= drain()),
  };
}

function takeEvents({ inForce, responses }: CellServices, texts: readonly string[]): void {
  inForce.takeEvents(texts.map(readHeldEvent));
  responses.forgetAllBut(inForce.current.policy.law.hash);
}

function forget({ responses, sessions }: CellServices, batches: BatchRunner | null, subject: string): void {
  responses.forgetSubject(subject);
  sessions.endOf(subject);
  batches?.forget(subject);
}

function quarantine({ pool, responses, sessions }: CellServices, endpoint: EndpointId): void {
  pool.signal(endpoint, { kind: "violation" });
  responses.forgetEndpoint(endpoint);
  sessions.endAt(endpoint);
}

function serveCallers(cell: CellServices, running: Set<Exchange>): ReturnType<typeof createServe<Exchange>> {
  const answering = new Set<Exchange>();
  return createServe(cell, {
    open: (arrival) => new Exchange(cell, arrival),
    words: defaultWords,
    routes: createCallerRoutes(cell.corsOrigins),
    running,
    onTaken(exchange) {
      answering.add(exchange);
      cell.meters.inFlight(answering.size);
    },
    onOver(exchange) {
      if (answering.delete(exchange)) cell.meters.inFlight(answering.size);
      account(exchange);
    },
  });
}

/** With the newest go all that it succeeded. */
function closeUpstreams({ inForce }: CellServices): Promise<void> {
  return inForce.current.upstreams.close();
}

/** Waits for what is running, then ends it: each gets its typed error, and each outcome is recorded. */
async function finish(
  cell: CellServices,
  running: Set<Exchange>,
  batches: BatchRunner | null,
): Promise<void> {
  cell.sessions.drain();
  const stopped = batches?.stop();
  const isOver = (): Promise<unknown> => Promise.all(Array.from(running, ({ over }) => over));
  await within(cell.limits.drainTimeoutMs, isOver());
  for (const exchange of running) {
    exchange.stop(new GatewayError("gateway_draining", "this process is ending before the answer could"));
  }
  // Takes no caller's part; a ledger that hangs must not keep the process.
  await within(lingerMs, isOver());
  // What its lines were answered is written down.
  if (stopped) await within(lingerMs, stopped);
}
