// LiteLLM's proxy: `model_list` with `litellm_params`, and lists of fallbacks (docs.litellm.ai: proxy configs, reliability).
import { isObject } from "../../base/index.ts";
import type { ForeignGateway, ForeignModel, ForeignServing, LeftOut } from "./foreign-gateway.ts";
import { ForeignEndpoints } from "./foreign-endpoints.ts";
import { listAt, type Members, objectAt, positiveIn, requiredText, textIn } from "./foreign-values.ts";
import { bedrockDoor, type FoundHost, hostOf } from "./known-hosts.ts";

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
    const written = textIn(parameters, "api_base");
    const door = word === "bedrock" ? bedrockDoor(textIn(parameters, "aws_region_name"), model) : null;
    const host = hostOf(word, written ?? door?.url ?? null);
    if (host.reason !== null) return this.#leave(path, host.reason);
    this.#serve(alias, {
      endpoint: this.#endpoint(word, { ...host, region: door?.region ?? null }, parameters),
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

  #endpoint(word: string, { engine, url, region: known }: CalledHost, parameters: Members): string {
    const key = textIn(parameters, "api_key") ?? textIn(parameters, "aws_access_key_id");
    // Amazon's key is of two parts, which are one value here.
    const variable = engine === "bedrock" ? null : (environment.exec(key ?? "")?.[1] ?? null);
    const version = engine === "azure-openai" ? textIn(parameters, "api_version") : null;
    const query: Record<string, string> = version === null ? {} : { "api-version": version };
    const region = known ?? textIn(parameters, "region_name");
    return this.#endpoints.add([word], { engine, url, region, query }, { key, variable });
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

type CalledHost = Extract<FoundHost, { readonly reason: null }> & { readonly region: string | null };

/** `azure/my-deployment`; without a word before it, LiteLLM takes what it knows for OpenAI's. */
function splitModel(text: string): { readonly word: string; readonly model: string } {
  const slash = text.indexOf("/");
  if (slash > 0) return { word: text.slice(0, slash), model: text.slice(slash + 1) };
  return { word: text.startsWith("claude") ? "anthropic" : "openai", model: text };
}
