import type { EndpointId } from "../base/index.ts";
import type { Policy } from "../config/index.ts";
import { type EndpointAddress, startSimulatedEngine } from "../providers/index.ts";
import type { LoadedCell } from "./loaded-cell.ts";
import { asUnusable, UnusableInputError } from "./unusable-input.ts";

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
    const engine = await startSimulatedEngine({ name: endpoint, port, model, place });
    return { endpoint, operator: described.operator.id, url: engine.url, close: () => engine.close() };
  } catch (error) {
    throw asUnusable(`simulated engine \`${endpoint}\` cannot listen on port ${port}`, error);
  }
}

/** How the cell reaches each of its endpoints. */
export function addressesOf({
  policy,
  endpoints,
  apiKeys,
  modelFiles,
}: LoadedCell): readonly EndpointAddress[] {
  return endpoints.map(({ id, engine, url }) => ({
    id,
    engine,
    url,
    apiKey: apiKeys.get(id) ?? null,
    modelFile: modelFiles.get(id) ?? null,
    computes: policy.law.endpoints.find((endpoint) => endpoint.id === id)?.computes ?? [],
  }));
}

/** The name by which the engine knows its model; a simulated engine serves one. */
function modelOf(policy: Policy, endpoint: EndpointId): string | null {
  for (const { servedBy } of policy.models.values()) {
    const name = servedBy.get(endpoint);
    if (name !== undefined) return name;
  }
  return null;
}
