import type { InstantMs, PlaceSet, RegimeId } from "../../base/index.ts";
import type { Accessor } from "./access.ts";
import type { CounterPeriod } from "./counter-period.ts";
import type { DataClass, RequirementLevel, Role } from "./facts.ts";

export const ruleKinds = [
  "hard_local",
  "conditional",
  "denylist",
  "export_control",
  "operator",
  "terms",
] as const;
export type RuleKind = (typeof ruleKinds)[number];

/** A question to one request's facts. Where it may be true the regime applies (condition.ts says what "may" means). */
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
  /**
   * The controller offers goods or services to people there, or watches what they do there (GDPR Art. 3(2)). To be in a
   * place is not to be aimed at in it.
   */
  | { readonly kind: "targeted_place"; readonly in: PlaceSet }
  /**
   * The tenant's {@link Attestations.volumes} of this counter, with what the cell counted in `period`, comes to `count`
   * with this request's people. `of`: only requests that hold such data add to it; null: all do.
   */
  | {
      readonly kind: "volume_at_least";
      readonly counter: string;
      readonly count: number;
      readonly of: ReadonlySet<DataClass> | null;
      readonly period: CounterPeriod;
    }
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
  /** Classes that the decision leaves out. */
  readonly exceptClasses: ReadonlySet<DataClass>;
  /** Null: for every recipient there. */
  readonly requiresCertification: CertificationRule | null;
  /** A standing that the recipient must have, such as `ca-pipeda`: the decision is about such recipients alone. */
  readonly requiresStanding: string | null;
}

/** A transfer tool, or an exception, that a tenant may declare. `enabled: false` is the kill switch: no declaration works any more. */
export interface MechanismRule {
  readonly kind: string;
  readonly article: string;
  /** Names of documents that a declaration must carry, such as `tia`. */
  readonly documents: readonly string[];
  /** The decision that the tool stands or falls with: suspended, it takes the tool along. */
  readonly instrument: string | null;
  /** Those of {@link documents} that end in a finding: one that is negative opens nothing, and no other tool that wants it. */
  readonly assessments: readonly string[];
  readonly enabled: boolean;
  /** The places that it can open; null: any. The Data Privacy Framework opens the United States and nothing else. */
  readonly places: PlaceSet | null;
  /** Where the importing operator must be at home; null: anywhere. */
  readonly importers: PlaceSet | null;
  /** It is made with an importer abroad: one who is at home, and lets others have the data, needs another. */
  readonly isForImportersAbroad: boolean;
  /** What the exporter must be in relation to the data; null: anything. */
  readonly exporterRole: Role | null;
  /** Granted in single cases, for reasons of the law's own: it is no advice to anybody to go and get it. */
  readonly isExceptional: boolean;
  /** The classes that it can carry; null: all. Read as those of {@link FreeDestination}. */
  readonly classes: ReadonlySet<DataClass> | null;
  /** It works only where this cannot be false; null: without condition. */
  readonly requires: Condition | null;
}

/** Forbids an operator that fails any of the three. */
export interface OperatorConstraint {
  /** The operator must not be established there, nor controlled from there. */
  readonly denyControlFrom: PlaceSet;
  /** It must be established there, and controlled from there alone; null: anywhere. */
  readonly allowControlFrom: PlaceSet | null;
  readonly requiresCertification: CertificationRule | null;
  /** Operators at home there are looked at by their home alone, whoever owns them (28 CFR 202.256). */
  readonly exceptHome: PlaceSet;
  readonly article: string;
}

/** A contract with whoever runs it, without which the law does not let them have the data. */
export interface ContractRule {
  /** Its name, such as `gdpr-art-28`. */
  readonly contract: string;
  readonly article: string;
  /** Null: always. */
  readonly when: Condition | null;
  /** Kinds of tools that hold its terms already ((EU) 2021/914, recital 9). */
  readonly metBy: ReadonlySet<string>;
}

/** A part of the law of its places that a pack says it does not state; another pack may. */
export interface Hole {
  readonly places: PlaceSet;
  /** Null: whatever the sector. */
  readonly sectors: ReadonlySet<string> | null;
  /** Null: whatever the class. */
  readonly classes: ReadonlySet<DataClass> | null;
  /** What was not read, in words. */
  readonly what: string;
  /** The pack that states it; null: none does yet. */
  readonly filledBy: RegimeId | null;
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
  /** The passage, in the words of whoever wrote the pack; null where it was not written down. */
  readonly says: string | null;
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
  /** Where `denylist` and `export_control` forbid data to go: everywhere else is free. */
  readonly deniedDestinations: PlaceSet;
  /** Operators at home there give no access from elsewhere, whoever owns them. */
  readonly deniedControlExcept: PlaceSet;
  readonly mechanisms: readonly MechanismRule[];
  readonly operatorConstraints: readonly OperatorConstraint[];
  readonly contracts: readonly ContractRule[];
  /** Whose reaching in from abroad, for support, makes that a place where the data goes (EDPB Guidelines 05/2021). */
  readonly remoteAccess: ReadonlySet<Accessor>;
  /** `storage`: where data rests is the law's matter, and not where it is computed. */
  readonly governs: "processing" | "storage";
  /** For a rule on storage: what is kept for so many days at most does not rest there. */
  readonly transientDays: number | null;
  /** Days for which a cell or endpoint may keep what it was sent; null: the law does not say. */
  readonly maxRetentionDays: number | null;
  readonly evidenceMin: EvidenceClass;
  readonly obligations: readonly string[];
  readonly holes: readonly Hole[];
  readonly effective: Validity;
  /** What was before its first day: no such rule, or another law, which it does not state. */
  readonly before: "nothing" | "unread";
  readonly sources: readonly Source[];
  readonly confidence: Confidence;
  readonly reviewByMs: InstantMs;
}

/** What a document says, as far as the law asks. */
export interface DeclaredDocument {
  /** As its owner calls it: `TIA-17`. */
  readonly name: string;
  /** How an assessment ended; null: the declaration does not say, and its author answers for it. */
  readonly outcome: "positive" | "negative" | null;
  /** The places that it looked at; null: all that it is used for. */
  readonly places: PlaceSet | null;
  /** A document of tomorrow is none yet. */
  readonly validity: Validity;
}

/** A transfer tool as one organisation put it in place: `shop-to-us: { kind: scc-2021-914-m2, … }`. */
export interface DeclaredMechanism {
  readonly id: string;
  readonly kind: string;
  /** The exporting tenant's entity ({@link Facts.exporter}), and the id of the importing operator. */
  readonly from: string;
  readonly to: string;
  readonly documents: Readonly<Record<string, DeclaredDocument>>;
  /** The classes that it was made for; null: all that its kind can carry. */
  readonly classes: ReadonlySet<DataClass> | null;
  readonly validity: Validity;
}
