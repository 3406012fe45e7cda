import { monotonicNow } from "../clock/index.ts";
import type { EndpointId } from "../base/index.ts";
import type { Policy } from "../config/index.ts";
import { startSimulatedEngine } from "../providers/index.ts";
import type { LoadedCell } from "./load/loaded-cell.ts";
import { asUnusable, UnusableInputError } from "../disk/index.ts";

/** A simulated engine that runs in this process. */
export interface RunningEngine {
  readonly endpoint: EndpointId;
  readonly operator: string;
  readonly url: string;
  close(): Promise<void>;
}

/** Starts one simulated engine that the cell file asks for, as the policy describes it. */
export async function startEngine(
  { policy }: LoadedCell,
  { endpoint, port }: { readonly endpoint: EndpointId; readonly port: number },
): Promise<RunningEngine> {
  const described = policy.law.endpoints.find(({ id }) => id === endpoint);
  const place = described?.computes[0];
  const model = modelOf(policy, endpoint);
  if (described === undefined || place === undefined || model === null) {
    throw new UnusableInputError([
      `simulated engine \`${endpoint}\`: the policy has no such endpoint that serves a model; remove it from the cell file`,
    ]);
  }
  try {
    const engine = await startSimulatedEngine({ name: endpoint, port, model, place, monotonicNow });
    return { endpoint, operator: described.operator.id, url: engine.url, close: () => engine.close() };
  } catch (error) {
    throw asUnusable(`simulated engine \`${endpoint}\` cannot listen on port ${port}`, error);
  }
}

/** The name by which the engine knows its model; a simulated engine serves one. */
function modelOf(policy: Policy, endpoint: EndpointId): string | null {
  for (const { servedBy } of policy.models.values()) {
    const serving = servedBy.get(endpoint);
    if (serving) return serving.model;
  }
  return null;
}
