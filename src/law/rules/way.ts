// How a place that is closed could be opened: which tools the law provides for, and what each of them wants.
import { includesPlace, type Place } from "../../base/index.ts";
import { mayHold, mayNotHold } from "../policy/condition.ts";
import type { Siting } from "../policy/endpoint.ts";
import { isInScope, isOneOf } from "../policy/facts.ts";
import type { DeclaredMechanism, FreeDestination, MechanismRule, Regime } from "../policy/regime.ts";
import { isCertified, scopeWanted } from "./certification.ts";
import { controlledFrom } from "./control.ts";
import { documentObstacle, isRuledOut } from "./document.ts";
import {
  certificationNeed,
  documentNeed,
  factNeed,
  mechanismNeed,
  type Need,
  standingNeed,
  type Way,
} from "./need.ts";
import { wrongParty } from "./parties.ts";
import type { Reading } from "./reading.ts";

export interface ClosedPlace {
  readonly regime: Regime;
  readonly siting: Siting;
  readonly place: Place;
}

/** One way for each kind of tool that could open the place; those that are begun come first. */
export function toolWays(closed: ClosedPlace, reading: Reading): readonly Way[] {
  const { regime } = closed;
  const ways = regime.mechanisms
    .filter((rule) => canOpen(rule, closed, reading))
    .map((rule) => wayOf(rule, closed, reading));
  return ways.toSorted((left, right) => rank(left) - rank(right));
}

function rank(way: Way): number {
  return way.some(({ kind }) => kind === "document") ? 0 : 1;
}

function canOpen(rule: MechanismRule, closed: ClosedPlace, reading: Reading): boolean {
  const { regime, siting, place } = closed;
  if (!rule.enabled || rule.isExceptional) return false;
  if (rule.places !== null && !includesPlace(rule.places, place)) return false;
  if (wrongParty(rule, regime, { siting, reading }) !== null) return false;
  if (!isInScope(rule.classes, reading.facts) || !mayBeMet(rule, closed, reading)) return false;
  return !rule.assessments.some((name) =>
    ownDeclarations(closed, reading).some(({ documents }) =>
      isRuledOut(documents, { name, place }, reading.moment),
    ),
  );
}

function mayBeMet({ requires }: MechanismRule, { siting }: ClosedPlace, { facts, moment }: Reading): boolean {
  const processorPlaces = controlledFrom(siting.operator, moment);
  if (requires === null) return true;
  if (!mayHold(requires, { facts, processorPlaces }).isPossible) return false;
  const contrary = mayNotHold(requires, { facts, processorPlaces });
  return !contrary.isPossible || contrary.unsaid.length > 0;
}

/** What this exporter has put in place with this operator. */
function ownDeclarations(
  { siting }: ClosedPlace,
  { facts, mechanisms }: Reading,
): readonly DeclaredMechanism[] {
  return mechanisms.filter(({ from, to }) => from === facts.exporter && to === siting.operator.id);
}

function wayOf(rule: MechanismRule, closed: ClosedPlace, reading: Reading): Way {
  const { siting } = closed;
  const { facts, moment } = reading;
  const unsaid = unstated(rule, closed, reading);
  const begun = ownDeclarations(closed, reading).find(
    ({ kind, classes, validity }) =>
      kind === rule.kind && isInScope(classes, facts) && moment.isInForce(validity),
  );
  if (begun) return [...lacking(rule, begun, closed, reading), ...unsaid];
  const { kind, article, documents } = rule;
  return [mechanismNeed({ kind, article, documents, exporter: facts.exporter, siting }), ...unsaid];
}

function lacking(
  { documents, article }: MechanismRule,
  begun: DeclaredMechanism,
  { place }: ClosedPlace,
  { moment }: Reading,
): readonly Need[] {
  return documents
    .filter((name) => documentObstacle(begun.documents, { name, place }, moment) !== null)
    .map((name) => documentNeed(name, article, begun.id));
}

/** What nobody has said, and the tool works only if it is so. */
function unstated(
  { requires, article }: MechanismRule,
  { siting }: ClosedPlace,
  { facts, moment }: Reading,
): readonly Need[] {
  if (requires === null) return [];
  const contrary = mayNotHold(requires, { facts, processorPlaces: controlledFrom(siting.operator, moment) });
  return contrary.isPossible ? contrary.unsaid.map((fact) => factNeed(fact, article)) : [];
}

/** Decisions that would open the place, did the recipient have what they are limited to. */
export function destinationWays({ regime, siting, place }: ClosedPlace, reading: Reading): readonly Way[] {
  return regime.freeDestinations
    .filter(
      (free) =>
        includesPlace(free.places, place) &&
        isOpenFor(free, reading) &&
        reading.moment.isInForce(free.validity),
    )
    .flatMap((free) => {
      const way = recipientNeeds(free, siting, reading);
      return way === null ? [] : [way];
    });
}

/** Whether the decision is about such data. */
export function isOpenFor({ classes, exceptClasses }: FreeDestination, { facts }: Reading): boolean {
  return isInScope(classes, facts) && !facts.classes.some(({ value }) => isOneOf(exceptClasses, value));
}

/** Null where the recipient is none of those whom it is limited to, and cannot be made one. */
function recipientNeeds(free: FreeDestination, siting: Siting, reading: Reading): Way | null {
  const { requiresCertification: rule, requiresStanding: standing, instrument: article } = free;
  const { standings } = siting.operator;
  if (standing !== null && standings !== null && !standings.has(standing)) return null;
  const words = rule === null ? [] : scopeWanted(rule, reading.facts);
  return [
    ...(rule === null || isCertified(siting, rule, reading)
      ? []
      : [certificationNeed(rule, { article, words, siting })]),
    ...(standing === null || standings?.has(standing) === true
      ? []
      : [standingNeed(standing, article, siting)]),
  ];
}
