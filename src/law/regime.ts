import type { InstantMs, PlaceSet, RegimeId } from "../base/index.ts";
import type { DataClass, RequirementLevel } from "./facts.ts";

export const ruleKinds = [
  "hard_local",
  "conditional",
  "denylist",
  "export_control",
  "operator",
  "terms",
] as const;
export type RuleKind = (typeof ruleKinds)[number];

/** Over one request's facts. Where it may be true the regime applies (condition.ts says what "may" means). */
export type Condition =
  | { readonly kind: "all"; readonly of: readonly Condition[] }
  | { readonly kind: "any"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "subject_place"; readonly in: PlaceSet }
  | { readonly kind: "subject_citizenship"; readonly in: PlaceSet }
  | { readonly kind: "subject_residence"; readonly in: PlaceSet }
  | { readonly kind: "minor" }
  | { readonly kind: "controller_place"; readonly in: PlaceSet }
  /**
   * An operator on the way is established there or controlled from there. Asked for each cell of its own operator, and
   * for each endpoint of its own and its cell's: whoever runs the cell handles the data first.
   */
  | { readonly kind: "processor_place"; readonly in: PlaceSet }
  | { readonly kind: "sector"; readonly in: ReadonlySet<string> }
  | { readonly kind: "controller_status"; readonly in: ReadonlySet<string> }
  | { readonly kind: "employment" }
  | { readonly kind: "purpose"; readonly in: ReadonlySet<string> }
  /** The tenant's {@link Attestations.volumes} of this counter has come to `count`. */
  | { readonly kind: "volume_at_least"; readonly counter: string; readonly count: number }
  | { readonly kind: "data_class"; readonly in: ReadonlySet<DataClass> }
  | { readonly kind: "requires_level"; readonly in: ReadonlySet<RequirementLevel> };

/** Half-open: in force from `fromMs` (null: always was) until just before `untilMs` (null: no end known). */
export interface Validity {
  readonly fromMs: InstantMs | null;
  readonly untilMs: InstantMs | null;
}

/** A certificate in force of the operator, or of the cell or endpoint itself. */
export interface CertificationRule {
  readonly scheme: string;
  /** A request of the class, or a narrower one, is covered only if the certificate's scope holds the word. */
  readonly scopeFor: ReadonlyMap<DataClass, string>;
}

/** A place to which data may go without a document of the tenant's own, such as by an adequacy decision. */
export interface FreeDestination {
  readonly places: PlaceSet;
  readonly validity: Validity;
  readonly instrument: string;
  /** Null: every class of data. Otherwise only requests all of whose classes but the non-personal ones are listed. */
  readonly classes: ReadonlySet<DataClass> | null;
  /** Null: for every recipient there. */
  readonly requiresCertification: CertificationRule | null;
}

/** A transfer tool, or an exception, that a tenant may declare. `enabled: false` is the kill switch: no declaration works any more. */
export interface MechanismRule {
  readonly kind: string;
  readonly article: string;
  /** Names of documents that a declaration must carry, such as `tia`. */
  readonly documents: readonly string[];
  readonly enabled: boolean;
  /** The classes that it can carry; null: all. Read as those of {@link FreeDestination}. */
  readonly classes: ReadonlySet<DataClass> | null;
  /** It works only where this cannot be false; null: without condition. */
  readonly requires: Condition | null;
}

/** Forbids an operator that fails any of the three. */
export interface OperatorConstraint {
  /** Not established there, nor controlled from there. */
  readonly denyControlFrom: PlaceSet;
  /** Established, and controlled, only from there; null: from anywhere. */
  readonly allowControlFrom: PlaceSet | null;
  readonly requiresCertification: CertificationRule | null;
  readonly article: string;
}

/** E4 provider log, E3 response names a geography, E2 undocumented header, E1 contract and selection, E0 none. */
export const evidenceClasses = ["E0", "E1", "E2", "E3", "E4"] as const;
export type EvidenceClass = (typeof evidenceClasses)[number];

export const confidences = ["verified", "secondary", "background", "unconfirmed"] as const;
export type Confidence = (typeof confidences)[number];

export interface Source {
  readonly law: string;
  readonly article: string;
  readonly url: string | null;
}

/** One law as data: one file under `packs/`. */
export interface Regime {
  readonly id: RegimeId;
  readonly version: string;
  readonly title: string;
  /** Jurisdictions whose transfer rule this pack states. A subject's place that no pack covers is unknown law. */
  readonly covers: PlaceSet;
  /**
   * Null: `covers` holds for every class of data. Otherwise for these and narrower ones alone: a law on health data
   * says nothing of where other personal data of the same people may go. Every class of a request must be covered.
   */
  readonly coversClasses: ReadonlySet<DataClass> | null;
  readonly appliesWhen: Condition;
  readonly rule: RuleKind;
  readonly home: PlaceSet;
  readonly freeDestinations: readonly FreeDestination[];
  /** For `denylist` and `export_control`: everywhere else is free. */
  readonly deniedDestinations: PlaceSet;
  readonly mechanisms: readonly MechanismRule[];
  readonly operatorConstraints: readonly OperatorConstraint[];
  /** Whoever reaches the data from abroad, for support, makes that a place where the data goes (EDPB Guidelines 05/2021). */
  readonly remoteAccessCounts: boolean;
  /** Days for which a cell or endpoint may keep what it was sent; null: the law does not say. */
  readonly maxRetentionDays: number | null;
  readonly evidenceMin: EvidenceClass;
  readonly obligations: readonly string[];
  readonly effective: Validity;
  readonly sources: readonly Source[];
  readonly confidence: Confidence;
  readonly reviewByMs: InstantMs;
}

/** A transfer tool as one organisation put it in place: `shop-to-us: { kind: scc-2021-914-m2, … }`. */
export interface DeclaredMechanism {
  readonly id: string;
  readonly kind: string;
  /** The exporting tenant's entity ({@link Facts.exporter}), and the id of the importing operator. */
  readonly from: string;
  readonly to: string;
  readonly documents: Readonly<Record<string, string>>;
  /** The classes that it was made for; null: all that its kind can carry. */
  readonly classes: ReadonlySet<DataClass> | null;
  readonly validity: Validity;
}
