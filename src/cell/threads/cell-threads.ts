// Owner: the control thread. The threads of a cell, for the product and for tests: one for control and one for callers, which are the same thread.
import { createMetrics, type Metrics } from "../../telemetry/index.ts";
import { type ControlThread, type ControlThreadParts, startControlThread } from "./control-thread.ts";
import { type GatewayThread, type GatewayThreadParts, runGatewayThread } from "./gateway-thread.ts";
import { inProcessPorts } from "./port.ts";
import type { ControlMessage, ControlPort, GatewayMessage, GatewayPort } from "./thread-messages.ts";

type Tools = Omit<GatewayThreadParts["tools"], "metrics">;

/** Whoever opened the parts closes them, after the threads have drained. */
export interface CellThreadParts
  extends Omit<ControlThreadParts, keyof GatewayThreadParts["tools"]>, Omit<GatewayThreadParts, "tools"> {
  readonly tools: Tools;
  /** For each thread one. */
  readonly openMetrics?: () => Metrics;
  readonly ports?: readonly [ControlPort, GatewayPort];
}

export interface CellThreads extends ControlThread {
  readonly serve: GatewayThread["serve"];
}

/** Resolves when all listeners take connections. */
export async function startCellThreads(parts: CellThreadParts): Promise<CellThreads> {
  const { tools, openMetrics = createMetrics, witness, geoIp, spend, parsePolicy, ...others } = parts;
  const { ports = inProcessPorts<ControlMessage, GatewayMessage>(), ...controlParts } = others;
  const [toGateway, toControl] = ports;
  const { ledger, vault, records, tally } = parts;
  const gateway = runGatewayThread(toControl, {
    ledger,
    vault,
    records,
    tally,
    spend,
    witness,
    geoIp,
    parsePolicy,
    tools: { ...tools, metrics: openMetrics() },
  });
  try {
    const control = await startControlThread({ ...controlParts, ...tools, metrics: openMetrics() }, [
      toGateway,
    ]);
    return { ...control, serve: gateway.serve, drain: () => control.drain().then(() => gateway.ended) };
  } catch (error) {
    toGateway.close();
    await gateway.ended;
    throw error;
  }
}
