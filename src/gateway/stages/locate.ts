import { parsePlace, type Place } from "../../base/index.ts";
import { claimed, requestFacts } from "../../config/index.ts";
import type { Claim, DataClass, Facts } from "../../law/index.ts";
import { callerAddresses } from "../exchange/caller-address.ts";
import type { RequestHead } from "../exchange/channel.ts";
import type { Caller } from "../exchange/caller.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { hostOf } from "../exchange/request-headers.ts";
import { readSignals } from "../identify/signal-list.ts";

export const jurisdictionHeader = "bailiwick-jurisdiction";

/** Where it came by, and from. */
export interface Found {
  readonly host: readonly Place[];
  readonly address: readonly Place[];
}

/** Where the subject is, by every claim beside the tenant's contract. How they are joined: docs/law/signals.md. */
export function locate(exchange: Exchange, { claims }: Caller, found: Found): readonly Claim<Place>[] {
  return [
    ...claims.subjects,
    ...claimed(readSignals(exchange, jurisdictionHeader, parsePlace), "header"),
    ...claimed(found.host, "hostname"),
    ...claimed(found.address, "geo-ip"),
  ];
}

export function find({ cell, head, inForce }: Exchange): Found {
  const { hostnames } = inForce.policy;
  const host = hostnames.size === 0 ? nowhere : (hostnames.get(hostOf(head)) ?? nowhere);
  return { host, address: placesOfAddress(cell, head) };
}

const nowhere: readonly Place[] = [];

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
function placesOfAddress({ geoIp, proxies }: CellServices, head: RequestHead): readonly Place[] {
  if (!geoIp) return nowhere;
  return callerAddresses(head, proxies)
    .map((address) => geoIp.placeOf(address))
    .filter((place) => place !== null);
}
