// LiteLLM's proxy: `model_list` with `litellm_params`, and lists of fallbacks (docs.litellm.ai: proxy configs, reliability).
import { keyInAddress } from "./foreign-endpoints.ts";
import type { ForeignGateway } from "./foreign-gateway.ts";
import { ForeignMapping, type ForeignValue } from "./foreign-mapping.ts";
import { bedrockDoor, hostOf, literal, vertexDoor } from "./known-hosts.ts";
import { type LiteLlmModel, readLiteLlmModel } from "./litellm-model.ts";
import { modelInEnvironment, noShare, TakenOver } from "./taken-over.ts";

export function readLiteLlm(file: unknown): ForeignGateway {
  const root = new ForeignMapping(file);
  const taken = new TakenOver();
  for (const entry of root.mappings("model_list")) takeModel(taken, entry);
  for (const section of ["router_settings", "litellm_settings"]) takeFallbacks(taken, root.mapping(section));
  return taken.gateway(root);
}

function takeModel(taken: TakenOver, entry: ForeignMapping): void {
  const alias = entry.requiredText("model_name");
  const parameters = entry.requiredMapping("litellm_params");
  if (parameters.isZero("weight")) return taken.leave(entry, noShare);
  const { text, variable } = parameters.requiredValue("model");
  if (variable !== null) return taken.leave(entry, modelInEnvironment(variable));
  const named = readLiteLlmModel(text, parameters.text("custom_llm_provider"));
  if (!named.ok) return taken.leave(entry, named.error);
  const { word, model } = named.value;
  if (alias.includes("*") || model.includes("*"))
    return taken.leave(entry, "a wildcard: each model is named here, so that each is decided on");
  const written = parameters.value("api_base");
  const stated = word === "bedrock" ? parameters.value("aws_region_name") : null;
  if (named.value.region !== null && stated !== null && stated.text !== named.value.region)
    return taken.leave(
      entry,
      `its model's name says ${named.value.region}, and \`aws_region_name\` another region`,
    );
  const door = doorIn(parameters, named.value, stated);
  const host = hostOf(word, written ?? door?.url ?? null);
  if (host.reason !== null) return taken.leave(entry, host.reason);
  const { engine, deployment } = host;
  if (deployment !== null && deployment !== model)
    return taken.leave(entry, `its address names the deployment \`${deployment}\`, and its model another`);
  const region = door?.region ?? parameters.value("region_name");
  const version = engine === "azure-openai" ? (parameters.value("api_version") ?? host.version) : null;
  const key =
    parameters.value("api_key") ??
    parameters.value("aws_access_key_id") ??
    parameters.value("vertex_credentials");
  // Of Amazon's key the endpoint's remark tells.
  if (engine === "bedrock") parameters.passOver("aws_secret_access_key");
  if (host.heldMore) taken.leave(parameters.pathOf("api_base"), keyInAddress);
  const endpoint = taken.endpoints.add([word], { ...host, region, version }, key);
  const [order, weight] = [parameters.positive("order") ?? 1, parameters.positive("weight")];
  taken.serve(alias, { endpoint, model, order, weight }, entry.path);
}

function doorIn(
  parameters: ForeignMapping,
  { word, model, region }: LiteLlmModel,
  stated: ForeignValue | null,
): ReturnType<typeof vertexDoor> {
  if (word === "bedrock") return bedrockDoor(region === null ? stated : literal(region), model);
  if (word !== "vertex_ai") return null;
  const [location, project] = [parameters.value("vertex_location"), parameters.value("vertex_project")];
  return vertexDoor({ location, project });
}

/** `[{ asked: [next, …] }]`: whoever serves the next is asked when whoever serves the asked one has failed. */
function takeFallbacks(taken: TakenOver, settings: ForeignMapping | null): void {
  if (!settings?.has("fallbacks")) return;
  for (const entry of settings.mappings("fallbacks"))
    for (const alias of entry.names) fallBack(taken, { alias, next: entry.list(alias), path: entry.path });
}

interface FallingBack {
  readonly alias: string;
  readonly next: readonly unknown[];
  readonly path: string;
}

function fallBack(taken: TakenOver, { alias, next, path }: FallingBack): void {
  const own = taken.servedBy(alias);
  if (!own) return taken.leave(path, `no model \`${alias}\` was taken over`);
  let order = Math.max(...own.map((serving) => serving.order));
  for (const name of next) {
    const others = typeof name === "string" ? taken.servedBy(name) : undefined;
    if (!others) taken.leave(path, `no model \`${String(name)}\` was taken over`);
    order++;
    for (const { endpoint, model, weight } of others ?? []) {
      // Whoever has been asked already is asked no second time.
      const isAsked = taken
        .servedBy(alias)
        ?.some((serving) => serving.endpoint === endpoint && serving.model === model);
      if (isAsked !== true) taken.serve(alias, { endpoint, model, order, weight }, path);
    }
  }
}
