import {
  type CellId,
  type EndpointId,
  includesPlace,
  type OperatorId,
  type Place,
  type PlaceSet,
} from "../../base/index.ts";
import type { Access } from "./access.ts";
import type { EvidenceClass, Validity } from "./regime.ts";

/** Whoever controls an operator: a parent's home, for as long as it controls. */
export interface Control {
  readonly home: Place;
  readonly validity: Validity;
}

/** The home of somebody whom an operator lets have the data, or of whoever controls him. */
export interface Recipient extends Control {
  /** He can give orders about the data, and does not have it. */
  readonly isOwner: boolean;
}

export interface Certification {
  /** Such as `dpf`, `c5`, `hds`, `secnumcloud`. */
  readonly scheme: string;
  /** What it reaches to beside its core, such as `hr` for human-resources data under the Data Privacy Framework. */
  readonly scope: ReadonlySet<string>;
  readonly validity: Validity;
}

/** A contract that stands, by the name that packs give its kind. */
export interface Contract {
  readonly contract: string;
  readonly validity: Validity;
}

export interface Operator {
  readonly id: OperatorId;
  readonly home: Place;
  readonly parents: readonly Control[];
  readonly certifications: readonly Certification[];
  /** Contracts with it; null where nobody said. */
  readonly contracts: readonly Contract[] | null;
  /** What it is under the laws of its own home, such as `ca-pipeda`; null where nobody said. */
  readonly standings: ReadonlySet<string> | null;
  /** Names of operators that control it, and of those that it controls, through whatever is between them. */
  readonly controlledBy: ReadonlySet<string>;
  readonly controls: ReadonlySet<string>;
  /** Names of operators whom it lets have the data, or who let others, and of whoever controls those. */
  readonly subprocessors: ReadonlySet<string>;
  readonly recipients: readonly Recipient[];
}

/** Where and under whose control data would be. Every list is complete; an empty one means unknown, which is refused. */
export interface Siting {
  /** Every place where it might compute. */
  readonly computes: readonly Place[];
  /** Every place where it might store: logs, caches, failover copies. */
  readonly stores: readonly Place[];
  /** Every place from which people may reach into it for support. */
  readonly support: readonly Access[];
  readonly operator: Operator;
  /** Its own, beside its operator's. */
  readonly certifications: readonly Certification[];
  /** Contracts for it, beside its operator's; null where nobody said. */
  readonly contracts: readonly Contract[] | null;
  /** Days for which it keeps what it was sent; null where nobody said. */
  readonly retentionDays: number | null;
  /** Homes of whoever owns or leases out the hardware and the facility; null where nobody said. */
  readonly premises: readonly Place[] | null;
}

/** A cell or endpoint under its name, for messages. */
export interface SitedTarget {
  readonly id: string;
  readonly siting: Siting;
}

/** Every place where the data would be, for computing or at rest. */
export function sitedIn({ computes, stores }: Siting): readonly Place[] {
  return [...new Set([...computes, ...stores])];
}

/** Whether everything about it lies there: its places, who reaches in, and whoever runs, owns or gets what it holds, at any time. */
export function isWhollyIn(set: PlaceSet, siting: Siting): boolean {
  const { computes, stores, support, operator } = siting;
  const known = [computes, stores, support].every((places) => places.length > 0);
  const control = [...operator.parents, ...operator.recipients].map(({ home }) => home);
  const all = [...computes, ...stores, ...support.map(({ place }) => place), operator.home, ...control];
  return known && all.every((place) => includesPlace(set, place));
}

/** One thing that can run a model. */
export interface Endpoint extends Siting {
  readonly id: EndpointId;
  readonly cell: CellId;
  /** The best evidence of place that this kind of endpoint can give. */
  readonly evidence: EvidenceClass;
}

/** A cell receives requests, so it is a place of processing of its own, whatever endpoint is chosen later. */
export interface Cell extends Siting {
  readonly id: CellId;
  readonly place: Place;
  readonly url: string;
}
