import type { CellId, EndpointId, OperatorId, Place } from "../base/index.ts";
import type { EvidenceClass, Validity } from "./regime.ts";

/** Whoever controls an operator: a parent's home, for as long as it controls. */
export interface Control {
  readonly home: Place;
  readonly validity: Validity;
}

export interface Certification {
  /** Such as `dpf`, `c5`, `hds`, `secnumcloud`. */
  readonly scheme: string;
  /** What it reaches to beside its core, such as `hr` for human-resources data under the Data Privacy Framework. */
  readonly scope: ReadonlySet<string>;
  readonly validity: Validity;
}

export interface Operator {
  readonly id: OperatorId;
  readonly home: Place;
  readonly parents: readonly Control[];
  readonly certifications: readonly Certification[];
}

/** Where and under whose control data would be. Every list is complete; an empty one means unknown, which is refused. */
export interface Siting {
  /** Every place where it might compute. */
  readonly computes: readonly Place[];
  /** Every place where it might store: logs, caches, failover copies. */
  readonly stores: readonly Place[];
  /** Every place from which people may reach into it for support. */
  readonly support: readonly Place[];
  readonly operator: Operator;
  /** Its own, beside its operator's. */
  readonly certifications: readonly Certification[];
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
