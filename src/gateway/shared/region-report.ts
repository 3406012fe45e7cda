// What is known of the regions over which a model of an endpoint spreads.
import {
  type EndpointId,
  includesPlace,
  type InstantMs,
  type Place,
  type RegionName,
} from "../../base/index.ts";
import type { EndpointAddress, ProfileFault } from "../../providers/index.ts";
import type { RegionStep } from "../../telemetry/index.ts";

export interface HeardRegions {
  readonly regions: readonly RegionName[];
  /** Those of them that lie outside of where the policy says that the endpoint computes, or of which nobody knows where they lie. */
  readonly outside: readonly RegionName[];
  /** Places where the endpoint may compute, and in which no region of this model lies. */
  readonly unnamed: readonly Place[];
}

export interface RegionReport {
  readonly endpoint: EndpointId;
  /** The provider's name for what spreads. */
  readonly profile: string;
  /** Null: nothing yet. */
  readonly heard: HeardRegions | null;
  readonly heardAtMs: InstantMs | null;
  /** Why nothing was heard when it was last asked; null: it was. */
  readonly fault: ProfileFault | null;
}

export const mendPlaces = "mend_places_then_release";

/** What a person does about a fault. */
export const stepAfter: Readonly<Record<ProfileFault, Exclude<RegionStep, typeof mendPlaces>>> = {
  refused: "allow_get_inference_profile",
  unknown: "compare_model_name",
  busy: "wait",
  unreachable: "open_control_host",
  unusable: "look_who_answers",
};

/** What a person does about it all; null: nothing. A region outside has taken the endpoint out of service, a fault has not. */
export function stepOf({ heard, fault }: Pick<RegionReport, "heard" | "fault">): RegionStep | null {
  if (heard !== null && heard.outside.length > 0) return mendPlaces;
  return fault && stepAfter[fault];
}

interface Watched {
  readonly address: EndpointAddress;
  readonly profile: string;
  readonly computes: readonly Place[];
  readonly places: ReadonlyMap<string, readonly Place[]>;
}

export function keyOf({ address, profile }: Pick<Watched, "address" | "profile">): string {
  return `${address.id} ${profile}`;
}

export function neverHeard({ address, profile }: Pick<Watched, "address" | "profile">): RegionReport {
  return { endpoint: address.id, profile, heard: null, heardAtMs: null, fault: null };
}

/** A region that is only known to lie somewhere in a country is outside of a part of it: nobody can say that it is inside. */
export function heldAgainst(
  { computes, places }: Pick<Watched, "computes" | "places">,
  regions: readonly RegionName[],
): HeardRegions {
  const permitted = new Set(computes);
  const isInside = (place: Place): boolean => includesPlace(permitted, place);
  const outside = regions.filter((region) => {
    const known = places.get(region) ?? [];
    return known.length === 0 || !known.every(isInside);
  });
  const named = new Set(regions.flatMap((region) => places.get(region) ?? []));
  return { regions, outside, unnamed: computes.filter((place) => !named.has(place)) };
}
