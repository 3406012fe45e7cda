// A config of Portkey's gateway: targets, one in another, with a strategy (github.com/Portkey-AI/gateway).
import { keyInAddress } from "./foreign-endpoints.ts";
import type { ForeignGateway } from "./foreign-gateway.ts";
import { ForeignMapping, type ForeignValue } from "./foreign-mapping.ts";
import { bedrockDoor, hostOf, literal, vertexDoor } from "./known-hosts.ts";
import { noShare, TakenOver } from "./taken-over.ts";

export function readPortkey(file: unknown): ForeignGateway {
  const root = new ForeignMapping(file);
  const taken = new TakenOver();
  takeTarget(taken, root, { order: 1, weight: null });
  return taken.gateway(root);
}

interface Standing {
  readonly order: number;
  readonly weight: number | null;
}

/** Callers of Portkey name the model themselves, so one config is one alias. */
const alias = "assistant";

/** Returns the highest order that it has taken. */
function takeTarget(taken: TakenOver, target: ForeignMapping, standing: Standing): number {
  if (target.has("targets")) return takeTargets(taken, target, standing);
  takeOne(taken, target, standing);
  return standing.order;
}

function takeTargets(taken: TakenOver, group: ForeignMapping, { order, weight }: Standing): number {
  const strategy = group.has("strategy") ? group.requiredMapping("strategy") : null;
  const mode = strategy?.text("mode") ?? "single";
  if (strategy !== null && mode === "conditional") {
    const reason = "its conditions are on what callers send; here the law decides, and tenants have keys";
    taken.leave(strategy, reason);
  }
  let last = order;
  for (const [at, target] of group.mappings("targets").entries()) {
    if (mode === "loadbalance" && target.isZero("weight")) {
      taken.leave(target, noShare);
      continue;
    }
    const turn = mode === "fallback" && at > 0 ? last + 1 : order;
    const own = target.positive("weight");
    const share = own === null ? weight : own * (weight ?? 1);
    last = Math.max(last, takeTarget(taken, target, { order: turn, weight: share }));
  }
  return last;
}

function takeOne(taken: TakenOver, target: ForeignMapping, { order, weight }: Standing): void {
  if (target.has("virtual_key")) {
    const reason = "a virtual key: which provider and which key it stands for is known at Portkey alone";
    return taken.leave(target, reason);
  }
  const word = target.requiredText("provider").replace(/^@/, "");
  const overrides = target.has("override_params") ? target.requiredMapping("override_params") : null;
  const azure = word === "azure-openai" ? azureIn(target) : null;
  const model = overrides?.text("model") ?? azure?.deployment ?? "?";
  const written = azure?.url ?? target.value("custom_host");
  const door = doorIn(target, word, model);
  const host = hostOf(word, written ?? door?.url ?? null);
  if (host.reason !== null) return taken.leave(target, host.reason);
  const { engine } = host;
  const key = target.value("api_key") ?? target.value("aws_access_key_id") ?? keyFileIn(target);
  // A target's name is for conditions; of Amazon's key the endpoint's remark tells.
  target.passOver("name", ...(engine === "bedrock" ? ["aws_secret_access_key"] : []));
  const called = { region: null, ...door, ...host, version: azure?.version ?? null };
  if (host.heldMore) taken.leave(target.path, keyInAddress);
  const endpoint = taken.endpoints.add([word], called, key);
  taken.serve(alias, { endpoint, model, order, weight }, target.path);
}

function doorIn(target: ForeignMapping, word: string, model: string): ReturnType<typeof vertexDoor> {
  if (word === "bedrock") return bedrockDoor(target.value("aws_region"), model);
  if (word !== "vertex-ai") return null;
  const [location, project] = [target.value("vertex_region"), target.value("vertex_project_id")];
  return vertexDoor({ location, project });
}

function keyFileIn(target: ForeignMapping): ForeignValue | null {
  const name = "vertex_service_account_json";
  if (!target.has(name)) return null;
  target.passOver(name);
  return literal("{a key file}");
}

interface AzureTarget {
  readonly url: ForeignValue;
  readonly deployment: string;
  readonly version: ForeignValue | null;
}

function azureIn(target: ForeignMapping): AzureTarget | null {
  const [resource, deployment] = [target.text("azure_resource_name"), target.text("azure_deployment_id")];
  if (resource === null || deployment === null) return null;
  const version = target.value("azure_api_version");
  return { url: literal(`https://${resource}.openai.azure.com`), deployment, version };
}
