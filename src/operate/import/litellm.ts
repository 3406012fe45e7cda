// LiteLLM's proxy: `model_list` with `litellm_params`, and lists of fallbacks (docs.litellm.ai: proxy configs, reliability).
import { isObject } from "../../base/index.ts";
import type { ForeignGateway, ForeignModel, ForeignServing, LeftOut } from "./foreign-gateway.ts";
import { ForeignEndpoints } from "./foreign-endpoints.ts";
import { listAt, type Members, objectAt, positiveIn, requiredText, textIn } from "./foreign-values.ts";
import { hostOf } from "./known-hosts.ts";

export function readLiteLlm(file: unknown): ForeignGateway {
  const root = objectAt(file, "the file");
  const reader = new LiteLlmReader();
  for (const [at, entry] of listAt(root["model_list"], "model_list").entries())
    reader.take(objectAt(entry, `model_list[${at}]`), `model_list[${at}]`);
  for (const section of ["router_settings", "litellm_settings"]) {
    const settings = root[section];
    if (isObject(settings)) reader.takeFallbacks(settings, section);
  }
  for (const name of Object.keys(root)) {
    const left = leftSections[name];
    if (left !== undefined) reader.leftOut.push({ path: name, reason: left });
  }
  return reader.gateway();
}

const leftSections: Readonly<Record<string, string>> = {
  general_settings: "keys, teams and budgets are tenants here: see docs/limits.md",
  guardrails: "there are no guards in this version",
  callbacks: "every request is in the ledger; metrics are at `/metrics`",
};

/** Words of a key that says where the secret is. */
const environment = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/;

class LiteLlmReader {
  readonly leftOut: LeftOut[] = [];
  readonly #endpoints = new ForeignEndpoints();
  readonly #models = new Map<string, ForeignServing[]>();

  take(entry: Members, path: string): void {
    const alias = requiredText(entry, "model_name", path);
    const parameters = objectAt(entry["litellm_params"], `${path}.litellm_params`);
    const { word, model } = splitModel(requiredText(parameters, "model", `${path}.litellm_params`));
    if (alias.includes("*") || model.includes("*"))
      return this.#leave(path, "a wildcard: each model is named here, so that each is decided on");
    const host = hostOf(word, textIn(parameters, "api_base"));
    if (host.reason !== null) return this.#leave(path, host.reason);
    this.#serve(alias, {
      endpoint: this.#endpoint(parameters, { word, model, url: host.url ?? "" }),
      model,
      order: positiveIn(parameters, "order") ?? 1,
      weight: positiveIn(parameters, "weight"),
    });
  }

  /** `[{ asked: [next, …] }]`: whoever serves the next is asked when whoever serves the asked one has failed. */
  takeFallbacks(settings: Members, section: string): void {
    const { fallbacks = [] } = settings;
    for (const [at, entry] of listAt(fallbacks, `${section}.fallbacks`).entries()) {
      const path = `${section}.fallbacks[${at}]`;
      for (const [alias, next] of Object.entries(objectAt(entry, path)))
        this.#fallBack(alias, listAt(next, `${path}.${alias}`), path);
    }
  }

  gateway(): ForeignGateway {
    const models = Array.from(this.#models, ([alias, servedBy]): ForeignModel => ({ alias, servedBy }));
    return { endpoints: this.#endpoints.all, models, leftOut: this.leftOut };
  }

  #fallBack(alias: string, next: readonly unknown[], path: string): void {
    const own = this.#models.get(alias);
    if (!own) return this.#leave(path, `no model \`${alias}\` was taken over`);
    let order = Math.max(...own.map((serving) => serving.order));
    for (const name of next) {
      const others = typeof name === "string" ? this.#models.get(name) : undefined;
      if (!others) this.#leave(path, `no model \`${String(name)}\` was taken over`);
      order++;
      for (const { endpoint, model, weight } of others ?? [])
        if (!own.some((serving) => serving.endpoint === endpoint))
          own.push({ endpoint, model, order, weight });
    }
  }

  #endpoint(parameters: Members, { word, model, url }: Called): string {
    const key = textIn(parameters, "api_key");
    const secret = { key, variable: environment.exec(key ?? "")?.[1] ?? null };
    const region = textIn(parameters, "region_name");
    const plain = { url, region, keyHeader: null, path: null, query: {} };
    if (word !== "azure") return this.#endpoints.add([word], plain, secret);
    // Azure chooses the model by the path, so each deployment is an endpoint.
    const path = `/openai/deployments/${model}/chat/completions`;
    const query = { "api-version": textIn(parameters, "api_version") ?? "2024-10-21" };
    return this.#endpoints.add([word, model], { ...plain, keyHeader: "api-key", path, query }, secret);
  }

  #serve(alias: string, serving: ForeignServing): void {
    const servings = this.#models.get(alias) ?? [];
    // What is there twice is two keys' or two shares' worth of one endpoint.
    if (servings.some(({ endpoint }) => endpoint === serving.endpoint)) return;
    this.#models.set(alias, [...servings, serving]);
  }

  #leave(path: string, reason: string): void {
    this.leftOut.push({ path, reason });
  }
}

interface Called {
  readonly word: string;
  readonly model: string;
  readonly url: string;
}

/** `azure/my-deployment`; without a word before it, LiteLLM takes what it knows for OpenAI's. */
function splitModel(text: string): { readonly word: string; readonly model: string } {
  const slash = text.indexOf("/");
  if (slash > 0) return { word: text.slice(0, slash), model: text.slice(slash + 1) };
  return { word: text.startsWith("claude") ? "anthropic" : "openai", model: text };
}
