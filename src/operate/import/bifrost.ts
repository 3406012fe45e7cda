// Bifrost's `config.json`: providers with keys, each for some models (github.com/maximhq/bifrost).
import { keyInAddress } from "./foreign-endpoints.ts";
import type { ForeignGateway } from "./foreign-gateway.ts";
import { ForeignMapping, type ForeignValue } from "./foreign-mapping.ts";
import { bedrockDoor, hostOf, literal, vertexDoor } from "./known-hosts.ts";
import { modelInEnvironment, noShare, TakenOver } from "./taken-over.ts";

export function readBifrost(file: unknown): ForeignGateway {
  const root = new ForeignMapping(file);
  const taken = new TakenOver();
  const providers = root.requiredMapping("providers");
  for (const word of providers.names) takeProvider(taken, word, providers.requiredMapping(word));
  return taken.gateway(root);
}

const everyModel = "it is for every model: each is named here, so that each is decided on; name them";

function takeProvider(taken: TakenOver, word: string, provider: ForeignMapping): void {
  const keys = provider.has("keys") ? provider.mappings("keys") : [];
  if (keys.length === 0) return taken.leave(provider, everyModel);
  const written = provider.mapping("network_config")?.value("base_url") ?? null;
  for (const key of keys) takeKey(taken, key, { word, written });
}

interface Provider {
  readonly word: string;
  readonly written: ForeignValue | null;
}

function takeKey(taken: TakenOver, key: ForeignMapping, { word, written }: Provider): void {
  if (key.isZero("weight")) return taken.leave(key, noShare);
  const models = (key.has("models") ? key.list("models") : []).filter((model) => typeof model === "string");
  const named = models.filter((model) => !model.includes("*"));
  if (named.length === 0) return taken.leave(key, everyModel);
  if (named.length < models.length) taken.leave(key.pathOf("models"), everyModel);
  const [azure, amazon, google] = ["azure", "bedrock", "vertex"].map((cloud) =>
    key.mapping(`${cloud}_key_config`),
  );
  const deployments = azure?.mapping("deployments") ?? null;
  const secret =
    key.value("value") ?? amazon?.value("access_key") ?? google?.value("auth_credentials") ?? null;
  const version = azure?.value("api_version") ?? null;
  const region = amazon?.value("region") ?? null;
  const place = { location: google?.value("region") ?? null, project: google?.value("project_id") ?? null };
  const weight = key.positive("weight");
  const address = azure?.value("endpoint") ?? written;
  // Names are Bifrost's own; of Amazon's key the endpoint's remark tells.
  key.passOver("id", "name");
  amazon?.passOver("secret_key");
  for (const model of named) {
    const { text: name, variable } = deployments?.value(model) ?? literal(model);
    if (variable !== null) {
      taken.leave(deployments?.pathOf(model) ?? key.path, modelInEnvironment(variable));
      continue;
    }
    const door = bedrockDoor(region, name) ?? vertexDoor(place);
    const host = hostOf(word, address ?? door?.url ?? null);
    if (host.reason !== null) return taken.leave(key, host.reason);
    if (host.heldMore && model === named[0]) taken.leave(key.path, keyInAddress);
    const called = { region: null, ...door, ...host, version: version ?? host.version };
    const endpoint = taken.endpoints.add([word], called, secret);
    taken.serve(`${word}/${model}`, { endpoint, model: name, order: 1, weight }, key.path);
  }
}
