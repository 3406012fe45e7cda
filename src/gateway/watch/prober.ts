// Owner: the gateway's thread. With several, one of them probes for all: a shared record says who does.
import type { EndpointId } from "../../base/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";

const intervalMs = 500;
const timeoutMs = 2_000;

/** Asks endpoints with an open circuit whether they live again, so that serving resumes without a caller's risk. */
export function startProber({ pool, inForce }: Pick<CellServices, "pool" | "inForce">): { stop(): void } {
  const underWay = new Set<EndpointId>();
  const stopping = new AbortController();

  async function probe(id: EndpointId): Promise<void> {
    underWay.add(id);
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]);
    // A probe that throws is a probe without an answer.
    const isAlive = await inForce.current.upstreams.probe(id, signal).catch(() => false);
    underWay.delete(id);
    if (!stopping.signal.aborted) pool.signal(id, { kind: isAlive ? "probe-answered" : "probe-failed" });
  }

  const timer = setInterval(() => {
    for (const id of pool.probesDue()) if (!underWay.has(id)) void probe(id);
  }, intervalMs).unref();
  return {
    stop() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}
