// Bifrost's `config.json`: providers with keys, each for some models (github.com/maximhq/bifrost).
import { isObject } from "../../base/index.ts";
import type { ForeignGateway, ForeignModel, ForeignServing, LeftOut } from "./foreign-gateway.ts";
import { ForeignEndpoints } from "./foreign-endpoints.ts";
import { listAt, type Members, objectAt, positiveIn, textIn } from "./foreign-values.ts";
import { bedrockDoor, hostOf } from "./known-hosts.ts";

export function readBifrost(file: unknown): ForeignGateway {
  const root = objectAt(file, "the file");
  const reader = new BifrostReader();
  for (const [word, provider] of Object.entries(objectAt(root["providers"], "providers")))
    reader.take(word, objectAt(provider, `providers.${word}`));
  return reader.gateway();
}

const environment = /^env\.([A-Za-z_][A-Za-z0-9_]*)$/;

class BifrostReader {
  readonly #endpoints = new ForeignEndpoints();
  readonly #models = new Map<string, ForeignServing[]>();
  readonly #leftOut: LeftOut[] = [];

  take(word: string, provider: Members): void {
    const path = `providers.${word}`;
    const network = provider["network_config"];
    const written = isObject(network) ? textIn(network, "base_url") : null;
    for (const [at, key] of listAt(provider["keys"] ?? [], `${path}.keys`).entries())
      this.#takeKey(objectAt(key, `${path}.keys[${at}]`), { word, written, path: `${path}.keys[${at}]` });
  }

  gateway(): ForeignGateway {
    const models = Array.from(this.#models, ([alias, servedBy]): ForeignModel => ({ alias, servedBy }));
    return { endpoints: this.#endpoints.all, models, leftOut: this.#leftOut };
  }

  #takeKey(key: Members, { word, written, path }: KeyPlace): void {
    const models = listAt(key["models"] ?? [], `${path}.models`).filter((model) => typeof model === "string");
    if (models.length === 0) return this.#leave(path, "a key for every model: each model is named here");
    const [azure, amazon] = [membersIn(key, "azure_key_config"), membersIn(key, "bedrock_key_config")];
    const deployments = membersIn(azure, "deployments");
    const secret = textIn(key, "value") ?? textIn(amazon, "access_key");
    const version = textIn(azure, "api_version");
    const query: Record<string, string> = version === null ? {} : { "api-version": version };
    for (const model of models) {
      const name = textIn(deployments, model) ?? model;
      const door = bedrockDoor(textIn(amazon, "region"), name);
      const host = hostOf(word, textIn(azure, "endpoint") ?? written ?? door?.url ?? null);
      if (host.reason !== null) return this.#leave(path, host.reason);
      const { engine, url } = host;
      const variable = engine === "bedrock" ? null : (environment.exec(secret ?? "")?.[1] ?? null);
      const called = { engine, url, region: door?.region ?? null, query };
      const endpoint = this.#endpoints.add([word], called, { key: secret, variable });
      this.#serve(`${word}/${model}`, { endpoint, model: name, order: 1, weight: positiveIn(key, "weight") });
    }
  }

  #serve(alias: string, serving: ForeignServing): void {
    const servings = this.#models.get(alias) ?? [];
    // What is there twice is two keys' or two shares' worth of one endpoint.
    if (servings.some(({ endpoint }) => endpoint === serving.endpoint)) return;
    this.#models.set(alias, [...servings, serving]);
  }

  #leave(path: string, reason: string): void {
    this.#leftOut.push({ path, reason });
  }
}

/** None for what is no mapping. */
function membersIn(members: Members, name: string): Members {
  const value = members[name];
  return isObject(value) ? value : {};
}

interface KeyPlace {
  readonly word: string;
  readonly written: string | null;
  readonly path: string;
}
