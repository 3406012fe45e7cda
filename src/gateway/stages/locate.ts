import { parsePlace, type Place } from "../../base/index.ts";
import { claimed, requestFacts } from "../../config/index.ts";
import type { Claim, DataClass, Facts } from "../../law/index.ts";
import { callerAddresses } from "../caller-address.ts";
import type { Caller } from "../caller.ts";
import type { CellContext } from "../cell-context.ts";
import type { Exchange } from "../exchange.ts";
import { hostOf } from "../request-headers.ts";
import { readSignals } from "../signal-list.ts";

/** Where the subject is, by every claim beside the tenant's contract. How they are joined: docs/law/signals.md. */
export function locate(exchange: Exchange, { claims }: Caller): readonly Claim<Place>[] {
  const { cell, arrival } = exchange;
  return [
    ...claims.subjects,
    ...claimed(readSignals(exchange, "bailiwick-jurisdiction", parsePlace), "header"),
    ...claimed(cell.policy.hostnames.get(hostOf(arrival.request)) ?? [], "hostname"),
    ...claimed(placesOfAddress(cell, arrival.request), "geo-ip"),
  ];
}

interface Claims {
  readonly places: readonly Claim<Place>[];
  readonly classes: readonly Claim<DataClass>[];
}

/** All facts of the request: what was claimed of it, and what the policy knows of its tenant. */
export function factsOf({ cell }: Exchange, caller: Caller, { places, classes }: Claims): Facts {
  const { citizenships } = caller.claims;
  return requestFacts(caller.tenant, { subjects: places, citizenships, classes }, cell.cell);
}

/** INVARIANT: the address itself goes no further than here; what is kept of it is a country. */
function placesOfAddress(
  { geoIp, proxies }: CellContext,
  request: Parameters<typeof callerAddresses>[0],
): readonly Place[] {
  if (!geoIp) return [];
  return callerAddresses(request, proxies)
    .map((address) => geoIp.placeOf(address))
    .filter((place) => place !== null);
}
