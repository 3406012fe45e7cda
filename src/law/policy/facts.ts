import type { CellId, Place, PlaceSet, TenantId } from "../../base/index.ts";

/** How a claim about the subject came to be known, strongest first. Recorded with every decision. */
export const bases = ["tenant-contract", "key-binding", "jwt-claim", "header", "hostname", "geo-ip"] as const;
export type Basis = (typeof bases)[number];

export interface Claim<Value> {
  readonly value: Value;
  readonly basis: Basis;
}

/** Classes of data that rules distinguish. A class implies the wider ones of {@link impliedClasses}. */
export const dataClasses = [
  "non-personal",
  "personal",
  "special",
  "health",
  "biometric",
  "genetic",
  "financial",
  "criminal",
  "children",
  "human-resources",
  "pseudonymised",
  "anonymous",
  "important-data",
  "government",
] as const;
export type DataClass = (typeof dataClasses)[number];

/**
 * Health data is special-category data (GDPR Art. 9(1)), which is personal data; and so on. Pseudonymised data is personal
 * (GDPR recital 26), anonymous data is not. Important data (DSL Art. 21) and government data are about things or states.
 */
export const impliedClasses: Readonly<Record<DataClass, readonly DataClass[]>> = {
  "non-personal": [],
  personal: [],
  special: ["personal"],
  health: ["special", "personal"],
  biometric: ["special", "personal"],
  genetic: ["special", "personal"],
  financial: ["personal"],
  criminal: ["personal"],
  children: ["personal"],
  "human-resources": ["personal"],
  pseudonymised: ["personal"],
  anonymous: ["non-personal"],
  "important-data": [],
  government: [],
};

/** Whether the class, or a wider one that it implies, is in the set. */
export function isOneOf(set: ReadonlySet<DataClass>, dataClass: DataClass): boolean {
  return set.has(dataClass) || impliedClasses[dataClass].some((implied) => set.has(implied));
}

export function isOrImplies(dataClass: DataClass, wider: DataClass): boolean {
  return dataClass === wider || impliedClasses[dataClass].includes(wider);
}

/** Data about people has a subject; data about things or states has none whom a law could ask for. */
export function isAboutPeople(dataClass: DataClass): boolean {
  return isOrImplies(dataClass, "personal");
}

/** Each class must be listed by name: a decision that is silent on a narrower class does not cover it. Null lists all. */
export function isInScope(scope: ReadonlySet<DataClass> | null, { classes }: Facts): boolean {
  return (
    scope === null || classes.every(({ value }) => isOrImplies(value, "non-personal") || scope.has(value))
  );
}

/** `residency`: where; `sovereignty`: also under whose control; `full-stack`: also on whose hardware and premises. */
export const requirementLevels = ["residency", "sovereignty", "full-stack"] as const;
export type RequirementLevel = (typeof requirementLevels)[number];

/** What a tenant's contract attests of itself and of its data. Null, or a counter that is not there: it does not say. */
export interface Attestations {
  /** Standings that a law gives a controller, such as `cn-ciio`; none but these. */
  readonly statuses: readonly string[] | null;
  /** What the data is processed for; a request may be for any of them. */
  readonly purposes: readonly string[] | null;
  /** Whether data is processed in the context of employment. */
  readonly employment: boolean | null;
  /** Whether data subjects may be minors. */
  readonly minors: boolean | null;
  /** Data subjects, devices or records in the period that the counter's law names; `us-persons-health` is one. */
  readonly volumes: Readonly<Record<string, number>>;
  /** Where the controller offers goods or services to people, or watches what they do. */
  readonly targets: readonly Place[] | null;
  /** What the tenant is in relation to the data. */
  readonly role: Role | null;
}

/** Who decides why and how, or who does it for somebody (GDPR Art. 4(7) and (8)). */
export const roles = ["controller", "processor"] as const;
export type Role = (typeof roles)[number];

/** The contract is silent on all of it. */
export const nothingAttested: Attestations = {
  statuses: null,
  purposes: null,
  employment: null,
  minors: null,
  volumes: {},
  targets: null,
  role: null,
};

/** What a tenant wants on top of the law. It narrows; it never replaces a rule. */
export interface Requirement {
  readonly level: RequirementLevel;
  /** As written by its author (`EEA`, `DE`), for messages. */
  readonly zoneName: string;
  readonly zone: PlaceSet;
}

/**
 * Everything about one request that a rule may look at. Several claims about the subject stand side by side: all
 * regimes that may apply do apply, so an extra claim can only narrow what is lawful.
 */
export interface Facts {
  readonly tenant: TenantId;
  readonly subjectPlaces: readonly Claim<Place>[];
  readonly subjectCitizenships: readonly Claim<Place>[];
  /** Beside the places where the subject is: whoever is in a place may reside there. */
  readonly subjectResidences: readonly Claim<Place>[];
  readonly controllerPlaces: readonly Place[];
  readonly sector: string | null;
  /** The tenant's legal entity that sends data out, as `from` of a declared mechanism names it; null: none. */
  readonly exporter: string | null;
  readonly classes: readonly Claim<DataClass>[];
  readonly attested: Attestations;
  /** How many people's data it holds, at most. */
  readonly persons: number;
  /**
   * By counter: people beside {@link Attestations.volumes} whom the cell may have sent in the counter's period, at most.
   * Whether they are others than those, nobody knows, so between none and all of them count.
   */
  readonly counted: Readonly<Record<string, number>>;
  readonly requirements: readonly Requirement[];
  /** The cell that would receive or has received the request. */
  readonly receivingCell: CellId;
}
