import type { CellId, EndpointId } from "../../base/index.ts";
import type { EndpointConfig, Policy } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { engineKinds } from "../../law/index.ts";
import { addressFault, type EndpointAddress } from "../../providers/index.ts";
import { requireReadable } from "./file-text.ts";
import { resolveCalling } from "./endpoint-calling.ts";
import { resolveApiKey } from "./secret.ts";

interface Place {
  readonly cell: CellId;
  /** Paths of secrets in it are relative to its folder. */
  readonly policyFile: string;
  /** The model file of each endpoint that runs in this process. */
  readonly modelFiles: ReadonlyMap<EndpointId, string>;
}

/** Says how the cell reaches each of its endpoints, at its start and at each reload. Throws {@link UnusableInputError}. */
export function endpointAddresses(
  policy: Policy,
  { cell, policyFile, modelFiles }: Place,
): readonly EndpointAddress[] {
  const endpoints = Array.from(policy.endpoints.values()).filter((endpoint) => endpoint.cell === cell);
  requireModelFiles(endpoints, modelFiles);
  const apiKeys = resolveApiKeys(endpoints, policyFile);
  const addresses = endpoints.map(({ id, engine, url, region, calling, attestation }) => ({
    id,
    engine,
    url,
    apiKey: apiKeys.get(id) ?? null,
    modelFile: modelFiles.get(id) ?? null,
    region,
    computes: policy.law.endpoints.find((endpoint) => endpoint.id === id)?.computes ?? [],
    ...(attestation && { attestation }),
    ...(calling && { calling: resolveCalling(`endpoint \`${id}\``, calling, policyFile) }),
  }));
  requireCallable(addresses);
  return addresses;
}

function requireCallable(addresses: readonly EndpointAddress[]): void {
  const lines = addresses.flatMap((address) => {
    const fault = addressFault(address);
    return fault === null ? [] : [`endpoint \`${address.id}\`: ${fault}`];
  });
  if (lines.length > 0) throw new UnusableInputError(lines);
}

/** An engine that runs in this process needs a file, which must be there. */
function requireModelFiles(endpoints: readonly EndpointConfig[], files: Place["modelFiles"]): void {
  for (const { id } of endpoints.filter(({ engine }) => !engineKinds[engine].isRemote)) {
    const file = files.get(id);
    if (file === undefined) {
      throw new UnusableInputError([
        `endpoint \`${id}\` has no model file; name it under \`model-files\` in the cell file`,
      ]);
    }
    requireReadable(`model file \`${file}\` of endpoint \`${id}\``, file);
  }
}

/** Throws an error that names all missing keys at once. An endpoint that wants no key has null. */
function resolveApiKeys(
  endpoints: readonly EndpointConfig[],
  policyFile: string,
): ReadonlyMap<EndpointId, string | null> {
  const sources = { environment: process.env, policyFile };
  const keys = new Map<EndpointId, string | null>();
  const lines: string[] = [];
  for (const endpoint of endpoints) {
    try {
      keys.set(endpoint.id, resolveApiKey(endpoint, sources));
    } catch (error) {
      if (!(error instanceof UnusableInputError)) throw error;
      lines.push(...error.lines);
    }
  }
  if (lines.length > 0) throw new UnusableInputError(lines);
  return keys;
}
