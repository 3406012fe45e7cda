// What the policy in force says of the provider whose log is read.
import type { EndpointId, Place } from "../../base/index.ts";
import { parseProvider, type Policy, regionPlaces } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { KnownAttempt, ProviderLog } from "../../operate/index.ts";
import { azureRegionName, placeOfAzureRegion } from "../../providers/index.ts";

export interface ProviderFacts {
  /** Words before a model's name by which a call may be computed elsewhere than where it was sent. */
  readonly scopes: readonly string[];
  /** The region that each of its endpoints calls. */
  readonly regions: ReadonlyMap<EndpointId, string>;
  readonly placesOf: (region: string) => readonly Place[] | null;
  readonly isComputedThere: (attempt: KnownAttempt) => boolean;
  readonly mayName: (endpoint: EndpointId, region: string) => boolean;
}

/** Throws UnusableInputError where no endpoint is the provider's. */
export function providerFacts(policy: Policy, { provider }: ProviderLog): ProviderFacts {
  const endpoints = Array.from(policy.endpoints.values()).filter(
    (endpoint) => endpoint.provider === provider,
  );
  const { scopes, placesOf } = providerIn(policy, provider);
  const regions = new Map(endpoints.map(({ id, region }) => [id, region ?? ""]));
  if (provider === "azure-openai") return { scopes, regions, ...azureFacts(regions, placesOf) };
  return { scopes, regions, placesOf, isComputedThere: () => true, mayName: () => true };
}

/** `placesOf`: of the policy's labels, such as `swedencentral/standard`. */
function azureFacts(
  regions: ProviderFacts["regions"],
  placesOf: ProviderFacts["placesOf"],
): Omit<ProviderFacts, "scopes" | "regions"> {
  return {
    placesOf(name) {
      const place = placeOfAzureRegion(name);
      return place === null ? null : [place];
    },
    isComputedThere: isStandard(regions, placesOf),
    mayName: (endpoint, name) => regions.get(endpoint)?.startsWith(`${azureRegionName(name)}/`) === true,
  };
}

/**
 * What is deployed as `standard` computes where its resource lies ("Deployment types"). What an endpoint was when the
 * attempt was made is not on record, but where the permit let it compute is: if that is where it computes today, then its
 * kind and its location were of the same places.
 */
function isStandard(
  regions: ProviderFacts["regions"],
  placesOf: ProviderFacts["placesOf"],
): ProviderFacts["isComputedThere"] {
  return ({ endpoint, allowed }) => {
    const region = regions.get(endpoint) ?? "";
    const places = region.endsWith("/standard") ? placesOf(region) : null;
    return places !== null && allowed !== null && isSame(places, allowed);
  };
}

function isSame(left: readonly Place[], right: readonly Place[]): boolean {
  return left.toSorted().join() === right.toSorted().join();
}

/** As the policy in force has it: its own override, if it has one. */
function providerIn({ texts, packs }: Policy, id: string): Pick<ProviderFacts, "scopes" | "placesOf"> {
  const name = `providers/${id}`;
  const text = texts.find((each) => each.name === `packs/${name}.yaml`)?.text;
  const record = packs.find((pack) => pack.id === name);
  if (text === undefined || record === undefined) {
    throw new UnusableInputError([
      `the policy has no endpoint with \`provider: ${id}\`, so none of its attempts can be in this log`,
    ]);
  }
  const shadows = record.isOverride ? `${id}.yaml` : null;
  const parsed = parseProvider({ file: record.file, id, text, shadows });
  if (!parsed.ok) throw new TypeError(`\`${record.file}\` was read with the policy, and cannot be read now`);
  const places = regionPlaces(parsed.value);
  return { scopes: parsed.value.model_scopes, placesOf: (region) => places.get(region) ?? null };
}
