// Bifrost's `config.json`: providers with keys, each for some models (github.com/maximhq/bifrost).
import { isObject } from "../../base/index.ts";
import type {
  ForeignEndpoint,
  ForeignGateway,
  ForeignModel,
  ForeignServing,
  LeftOut,
} from "./foreign-gateway.ts";
import { ForeignEndpoints } from "./foreign-endpoints.ts";
import { listAt, type Members, objectAt, positiveIn, textIn } from "./foreign-values.ts";
import { hostOf } from "./known-hosts.ts";

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
    const azure = key["azure_key_config"];
    const host = hostOf(word, isObject(azure) ? (textIn(azure, "endpoint") ?? written) : written);
    if (host.reason !== null) return this.#leave(path, host.reason);
    const models = listAt(key["models"] ?? [], `${path}.models`).filter((model) => typeof model === "string");
    if (models.length === 0) return this.#leave(path, "a key for every model: each model is named here");
    const weight = positiveIn(key, "weight");
    const called = { word, url: host.url ?? "", secret: textIn(key, "value") };
    if (!isObject(azure)) {
      const endpoint = this.#add(called, { words: [word], path: null, query: {} });
      for (const model of models) this.#serve(`${word}/${model}`, { endpoint, model, order: 1, weight });
      return;
    }
    const deployments = objectAt(azure["deployments"] ?? {}, `${path}.azure_key_config.deployments`);
    const query = { "api-version": textIn(azure, "api_version") ?? "2024-10-21" };
    for (const model of models) {
      // Azure chooses the model by the path, so each deployment is an endpoint.
      const deployment = textIn(deployments, model) ?? model;
      const way = `/openai/deployments/${deployment}/chat/completions`;
      const endpoint = this.#add(called, { words: [word, deployment], path: way, query });
      this.#serve(`${word}/${model}`, { endpoint, model: deployment, order: 1, weight });
    }
  }

  #add(
    { url, secret }: { readonly url: string; readonly secret: string | null },
    { words, path, query }: { readonly words: readonly string[] } & Pick<ForeignEndpoint, "path" | "query">,
  ): string {
    const variable = environment.exec(secret ?? "")?.[1] ?? null;
    const called = { url, region: null, keyHeader: path === null ? null : "api-key", path, query };
    return this.#endpoints.add(words, called, { key: secret, variable });
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

interface KeyPlace {
  readonly word: string;
  readonly written: string | null;
  readonly path: string;
}
