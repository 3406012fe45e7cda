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
export { checkLaw, type LawFinding, overlaps } from "./check-law.ts";
export { joinClaims, type SelectingBasis, selectingBases } from "./claims.ts";
export { createDecider } from "./decider.ts";
export type { Block, Decision, Refusal } from "./decision.ts";
export type {
  CellDerivation,
  Derivation,
  EndpointDerivation,
  RegimeStanding,
  Verdict,
} from "./derivation.ts";
export type { Cell, Certification, Control, Endpoint, Operator, Siting } from "./endpoint.ts";
export { explain } from "./explain.ts";
export {
  type Attestations,
  bases,
  type Basis,
  type Claim,
  type DataClass,
  dataClasses,
  type Facts,
  impliedClasses,
  nothingAttested,
  type Requirement,
  type RequirementLevel,
  requirementLevels,
} from "./facts.ts";
export {
  type LegalEvent,
  type LegalTarget,
  legalTargetKinds,
  liftReasons,
  suspensionReasons,
} from "./legal-event.ts";
export { formatLegalEvent, isEventId, type LegalEventText, parseLegalEvent } from "./legal-event-text.ts";
export type { Decider, LawPolicy } from "./law-policy.ts";
export { type Ground, Permit, type PermittedEndpoint, type PermitTerms } from "./permit.ts";
export {
  type CertificationRule,
  type Condition,
  type Confidence,
  confidences,
  type DeclaredMechanism,
  type EvidenceClass,
  evidenceClasses,
  type FreeDestination,
  type MechanismRule,
  type OperatorConstraint,
  type Regime,
  type RuleKind,
  ruleKinds,
  type Source,
  type Validity,
} from "./regime.ts";
