// Owner: the control thread. The threads of a cell, for the product and for tests: one for control, and for callers either the
// same thread or several of their own.
import { createMetrics, type Metrics } from "../../telemetry/index.ts";
import { servedByOneThread } from "../load/one-thread-only.ts";
import { type ControlThread, type ControlThreadParts, startControlThread } from "./control-thread.ts";
import { GatewayFleet } from "./gateway-fleet.ts";
import { type GatewayThread, type GatewayThreadParts, runGatewayThread } from "./gateway-thread.ts";
import { requireFreeAddress } from "./free-address.ts";
import { inProcessPorts } from "./port.ts";
import { partOf } from "./thread-part.ts";
import type { ControlMessage, ControlPort, GatewayMessage, GatewayPort } from "./thread-messages.ts";
import { WorkerThreads, type WorkerThreadsParts } from "./worker-threads.ts";

type Tools = Omit<GatewayThreadParts["tools"], "metrics">;

/** Whoever opened the parts closes them, after the threads have drained. */
export interface CellThreadParts
  extends
    Omit<
      ControlThreadParts,
      keyof GatewayThreadParts["tools"] | "fleet" | "isServable" | "gatewaySettings" | "stored"
    >,
    Omit<GatewayThreadParts, "tools" | "ledger" | "vault" | "borrowed" | "limitSeat"> {
  readonly tools: Tools;
  /** For each thread one. */
  readonly openMetrics?: () => Metrics;
  readonly ports?: readonly [ControlPort, GatewayPort];
  /** Threads of their own for callers; null: this thread serves them. */
  readonly workers: WorkerParts | null;
}

interface WorkerParts extends Pick<
  WorkerThreadsParts,
  "records" | "stored" | "countries" | "writeLines" | "onWorker"
> {
  readonly count: number;
}

export interface CellThreads extends ControlThread {
  readonly serve: GatewayThread["serve"];
}

/** Resolves when all listeners take connections. */
export async function startCellThreads(parts: CellThreadParts): Promise<CellThreads> {
  const { workers } = parts;
  return workers === null ? startInProcess(parts) : startWorkers(parts, workers);
}

async function startInProcess(parts: CellThreadParts): Promise<CellThreads> {
  const { ports = inProcessPorts<ControlMessage, GatewayMessage>(), openMetrics = createMetrics } = parts;
  const [toGateway, toControl] = ports;
  const { ledger, vault, records, files, batches, tally, limitMemory, witness, geoIp, parsePolicy, tools } =
    parts;
  const gateway = runGatewayThread(toControl, {
    ledger,
    vault,
    records,
    files,
    batches,
    tally,
    limitSeat: { memory: limitMemory, thread: 0 },
    witness,
    geoIp,
    parsePolicy,
    borrowed: null,
    tools: { ...tools, metrics: openMetrics() },
  });
  const fleet = new GatewayFleet([toGateway]);
  try {
    const control = await startControlThread({ ...controlParts(parts, fleet), isServable: () => true });
    return { ...control, serve: gateway.serve, drain: () => control.drain().then(() => gateway.ended) };
  } catch (error) {
    fleet.close();
    await gateway.ended;
    throw error;
  }
}

async function startWorkers(parts: CellThreadParts, { count, ...lent }: WorkerParts): Promise<CellThreads> {
  const { ledger, vault, limitMemory, witness, settings, tools } = parts;
  await requireFreeAddress(settings.cell, settings.listen);
  const { cell } = settings;
  const complain = (thrown: unknown): void =>
    tools.log({ event: "internal_error", cell, request: null, thrown });
  const workers = new WorkerThreads({ ...lent, ledger, vault, limitMemory, witness, cell, complain });
  const ports = Array.from({ length: count }, (_, at) => workers.open(at + 1));
  const fleet = new GatewayFleet(ports, workers);
  try {
    const control = await startControlThread({
      ...controlParts(parts, fleet),
      gatewaySettings: partOf(settings, count),
      isServable: (policy) => servedByOneThread(policy, cell).length === 0,
    });
    return { ...control, serve: () => Promise.reject(new TypeError("a channel cannot leave its thread")) };
  } catch (error) {
    fleet.close();
    throw error;
  }
}

function controlParts(parts: CellThreadParts, fleet: GatewayFleet): Omit<ControlThreadParts, "isServable"> {
  const { tools, openMetrics = createMetrics, ...others } = parts;
  const { parsePolicy: _parsePolicy, ports: _ports, workers: _workers, ...own } = others;
  const { witness: _witness, geoIp: _geoIp, files, batches, ...control } = own;
  return { ...control, stored: [files, batches], ...tools, metrics: openMetrics(), fleet };
}
