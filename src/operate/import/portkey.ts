// A config of Portkey's gateway: targets, one in another, with a strategy (github.com/Portkey-AI/gateway).
import type { ForeignGateway, ForeignServing, LeftOut } from "./foreign-gateway.ts";
import { ForeignEndpoints } from "./foreign-endpoints.ts";
import { listAt, type Members, objectAt, positiveIn, requiredText, textIn } from "./foreign-values.ts";
import { bedrockDoor, hostOf } from "./known-hosts.ts";

export function readPortkey(file: unknown): ForeignGateway {
  const reader = new PortkeyReader();
  reader.take(objectAt(file, "the file"), { path: "the file", order: 1, weight: null });
  return reader.gateway();
}

interface Standing {
  readonly path: string;
  readonly order: number;
  readonly weight: number | null;
}

/** Callers of Portkey name the model themselves, so one config is one alias. */
const alias = "assistant";

class PortkeyReader {
  readonly #endpoints = new ForeignEndpoints();
  readonly #servings: ForeignServing[] = [];
  readonly #leftOut: LeftOut[] = [];

  /** Returns the highest order that it has taken. */
  take(target: Members, standing: Standing): number {
    if (target["targets"] !== undefined) return this.#takeTargets(target, standing);
    this.#takeOne(target, standing);
    return standing.order;
  }

  gateway(): ForeignGateway {
    const models = this.#servings.length === 0 ? [] : [{ alias, servedBy: this.#servings }];
    return { endpoints: this.#endpoints.all, models, leftOut: this.#leftOut };
  }

  #takeTargets(group: Members, { path, order, weight }: Standing): number {
    const strategy = objectAt(group["strategy"] ?? {}, `${path}.strategy`);
    const mode = textIn(strategy, "mode") ?? "single";
    const targets = listAt(group["targets"], `${path}.targets`);
    if (mode === "conditional") {
      const reason = "its conditions are on what callers send; here the law decides, and tenants have keys";
      this.#leftOut.push({ path: `${path}.strategy`, reason });
    }
    let last = order;
    for (const [at, each] of targets.entries()) {
      const inner = `${path === "the file" ? "" : `${path}.`}targets[${at}]`;
      const target = objectAt(each, inner);
      const turn = mode === "fallback" && at > 0 ? last + 1 : order;
      const own = positiveIn(target, "weight");
      const share = own === null ? weight : own * (weight ?? 1);
      last = Math.max(last, this.take(target, { path: inner, order: turn, weight: share }));
    }
    return last;
  }

  #takeOne(target: Members, { path, order, weight }: Standing): void {
    const virtual = textIn(target, "virtual_key");
    if (virtual !== null) {
      const reason = "a virtual key: which provider and which key it stands for is known at Portkey alone";
      this.#leftOut.push({ path, reason });
      return;
    }
    const word = requiredText(target, "provider", path).replace(/^@/, "");
    const overrides = objectAt(target["override_params"] ?? {}, `${path}.override_params`);
    const azure = word === "azure-openai" ? azureIn(target) : null;
    const model = textIn(overrides, "model") ?? azure?.deployment ?? "?";
    const written = azure?.url ?? textIn(target, "custom_host");
    const door = word === "bedrock" ? bedrockDoor(textIn(target, "aws_region"), model) : null;
    const host = hostOf(word, written ?? door?.url ?? null);
    if (host.reason !== null) {
      this.#leftOut.push({ path, reason: host.reason });
      return;
    }
    const { engine, url } = host;
    const query: Record<string, string> = azure?.version ? { "api-version": azure.version } : {};
    const key = textIn(target, "api_key") ?? textIn(target, "aws_access_key_id");
    const called = { engine, url, region: door?.region ?? null, query };
    const name = this.#endpoints.add([word], called, { key, variable: null });
    if (this.#servings.some(({ endpoint }) => endpoint === name)) return;
    this.#servings.push({ endpoint: name, model, order, weight });
  }
}

interface AzureTarget {
  readonly url: string;
  readonly deployment: string;
  readonly version: string | null;
}

function azureIn(target: Members): AzureTarget | null {
  const [resource, deployment] = [
    textIn(target, "azure_resource_name"),
    textIn(target, "azure_deployment_id"),
  ];
  if (resource === null || deployment === null) return null;
  const version = textIn(target, "azure_api_version");
  return { url: `https://${resource}.openai.azure.com`, deployment, version };
}
