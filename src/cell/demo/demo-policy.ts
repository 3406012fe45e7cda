// The demo's policy: the published example, with this machine's ports and keys put in.
import { parseDocument } from "yaml";
import { encodeUtf8, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import type { DemoKeys } from "./demo-keys.ts";
import { demoCells, demoPorts, localUrl } from "./demo-ports.ts";
import { insertMembers, replaceScalars, type YamlPath } from "./yaml-edit.ts";

/** The endpoint that `--gguf` adds. */
export const llamaEndpoint = "fra-llama";

/** Addresses and key hashes alone change; whatever else its reader has edited stays. */
export function placeDemoPolicy(text: string, base: number, keys: DemoKeys): string {
  const ports = demoPorts(base);
  const urls = demoCells.flatMap(({ cell, engines }): [YamlPath, string][] => [
    [["cells", cell, "url"], localUrl(ports.cell(cell))],
    ...engines.map((engine): [YamlPath, string] => [
      ["endpoints", engine, "url"],
      localUrl(ports.engine(engine)),
    ]),
  ]);
  const hashes = Object.entries(keys).map(([tenant, key]): [YamlPath, string] => [
    ["tenants", tenant, "keys", "demo", "sha256"],
    toHex(sha256(encodeUtf8(key))),
  ]);
  return replaceScalars(text, [...urls, ...hashes]);
}

/** Adds the endpoint that runs a model file, and the model that it serves; nothing where it is there already. */
export function addLlamaEndpoint(text: string): string {
  if (parseDocument(text).hasIn(["endpoints", llamaEndpoint])) return text;
  const endpoint = `${llamaEndpoint}: { cell: eu-frankfurt, engine: llamacpp, operator: rhein-cloud, place: DE }`;
  const model = `local: { served-by: { ${llamaEndpoint}: local } }`;
  return insertMembers(insertMembers(text, ["endpoints"], [endpoint]), ["models"], [model]);
}

/** Where the policy says that its Frankfurt cell is reached; null when nobody can tell. */
export function frankfurtUrl(text: string): string | null {
  const url = parseDocument(text).getIn(["cells", "eu-frankfurt", "url"]);
  return typeof url === "string" ? url : null;
}

/** Simulated engines that the policy still has: its reader may have taken some out. */
export function enginesLeft(text: string, engines: readonly string[]): readonly string[] {
  const document = parseDocument(text);
  return engines.filter((engine) => document.hasIn(["endpoints", engine]));
}
