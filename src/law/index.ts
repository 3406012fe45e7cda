// The law: regimes as data, the decision, and the permit without which nothing is sent.
export { calendarOf, type LawCalendar, type LawChange, type ReviewDue } from "./analysis/calendar.ts";
export { type CalendarIdentity, formatCalendarICS } from "./analysis/calendar-ics.ts";
export {
  type CheckExtent,
  type CheckOptions,
  checkPolicy,
  type CheckProgress,
  type CheckReport,
} from "./analysis/check.ts";
export type { AnalysedModel, AnalysedTenant, Deployment } from "./analysis/deployment.ts";
export type { Counterexample } from "./analysis/disagreement.ts";
export { diffPolicies, type FactPattern, type PolicyDiff } from "./analysis/diff.ts";
export {
  drill,
  type DrillAnswer,
  type DrillReport,
  type DrillRow,
  type DrillScenario,
} from "./analysis/drill.ts";
export type { DeadEnd, SinglePoint, SovereigntyGap } from "./analysis/gaps.ts";
export type { IdleRule, UnverifiedRule } from "./analysis/rule-use.ts";
export { type PlainDecision, plainDecision } from "./analysis/plain-decision.ts";
export { checkLaw, type LawFinding, overlaps } from "./policy/check-law.ts";
export { joinClaims, selectingBases, type SelectingBasis } from "./policy/claims.ts";
export { conditionsOf, leavesOf } from "./policy/condition-leaves.ts";
export { type AskedCounter, askedCounters, bandOf, bandsOf } from "./policy/counter.ts";
export {
  type CounterPeriod,
  counterPeriods,
  longestPeriodDays,
  periodStart,
} from "./policy/counter-period.ts";
export { covers, formatGap, isAccepted, type LawGap, lawGaps } from "./cover.ts";
export { createDecider } from "./decider.ts";
export type { Block, Decision, Refusal } from "./decision.ts";
export type {
  CellDerivation,
  Derivation,
  EndpointDerivation,
  RegimeStanding,
  Verdict,
  Word,
} from "./derivation.ts";
export { type Access, type Accessor, accessors } from "./policy/access.ts";
export {
  type Cell,
  type Certification,
  type Contract,
  type Control,
  type Endpoint,
  type Operator,
  type Recipient,
  type Siting,
  isWhollyIn,
} from "./policy/endpoint.ts";
export { explain } from "./explain.ts";
export { createExplainer, type Explainer } from "./explainer.ts";
export {
  type Attestations,
  bases,
  type Basis,
  type Claim,
  type DataClass,
  dataClasses,
  type Facts,
  impliedClasses,
  isOneOf,
  nothingAttested,
  type Requirement,
  type RequirementLevel,
  requirementLevels,
  type Role,
  roles,
} from "./policy/facts.ts";
export {
  type LegalEvent,
  type LegalTarget,
  legalTargetKinds,
  liftReasons,
  type Suspension,
  suspensionReasons,
} from "./policy/legal-event.ts";
export {
  type AttestationKind,
  attestationKinds,
  type AttestationTerms,
  type SevSnpProduct,
  sevSnpProducts,
  type TcbVersion,
} from "./policy/attestation.ts";
export {
  engineKinds,
  type EngineName,
  engineNames,
  isEngineName,
  peerEngine,
  vertexLocation,
  vertexProject,
} from "./policy/engine-kind.ts";
export {
  formatLegalEvent,
  isEventId,
  type LegalEventText,
  parseLegalEvent,
} from "./policy/legal-event-text.ts";
export type { Acceptance, Decider, LawPolicy } from "./policy/law-policy.ts";
export { type Ground, Permit, type PermittedEndpoint, type PermitTerms } from "./permit.ts";
export {
  type CertificationRule,
  type Condition,
  type Confidence,
  confidences,
  type ContractRule,
  type DeclaredDocument,
  type DeclaredMechanism,
  type EvidenceClass,
  evidenceClasses,
  type FreeDestination,
  type Hole,
  type MechanismRule,
  type OperatorConstraint,
  type Regime,
  type RuleKind,
  ruleKinds,
  type Source,
  type Validity,
} from "./policy/regime.ts";
export type { Choice, Need, Way } from "./rules/need.ts";
export { isOfEvent, ruleOfEvent, suspensionsAt, withoutScope } from "./policy/suspensions.ts";
