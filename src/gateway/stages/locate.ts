import { parsePlace, type Place } from "../../base/index.ts";
import type { Claim, DataClass, Facts } from "../../law/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Caller } from "../key-ring.ts";
import { readSignals } from "../signal-list.ts";

/**
 * Where the subject is, by every claim that was made. Claims stand side by side and every regime that any of them
 * calls applies, so a claim of little trust can narrow what is lawful and can never widen it.
 */
export function locate(exchange: Exchange, { tenant, key }: Caller): readonly Claim<Place>[] {
  const fromHeader = readSignals(exchange, "bailiwick-jurisdiction", parsePlace);
  return [
    ...tenant.subjects.map((value) => ({ value, basis: "tenant-contract" as const })),
    ...key.subjects.map((value) => ({ value, basis: "key-binding" as const })),
    ...fromHeader.map((value) => ({ value, basis: "header" as const })),
  ];
}

interface Claims {
  readonly places: readonly Claim<Place>[];
  readonly classes: readonly Claim<DataClass>[];
}

/** All facts of the request: what was claimed of it, and what the policy knows of its tenant. */
export function factsOf({ cell }: Exchange, { tenant }: Caller, { places, classes }: Claims): Facts {
  return {
    tenant: tenant.id,
    subjectPlaces: places,
    subjectCitizenships: tenant.citizenships.map((value) => ({ value, basis: "tenant-contract" as const })),
    controllerPlaces: tenant.established,
    sector: tenant.sector,
    exporter: tenant.entity,
    classes,
    requirements: tenant.requirements,
    receivingCell: cell.cell,
  };
}
