// A law policy as Cedar policies, for a yardstick: one `permit` for everything, and a `forbid` for each way in which a
// regime can keep a request from an endpoint or from its cell. Cedar has no quantifiers and no "may be", so what our
// conditions ask of places and classes one by one is asked here of whole sets, worked out beforehand.
//
// Whatever the measured policies do not use is refused, not left out: a yardstick with fewer rules would be no yardstick.
import { membersOf, type Place, type PlaceSet, unreachable } from "../src/base/index.ts";
import {
  type Condition,
  type DataClass,
  dataClasses,
  type DeclaredMechanism,
  evidenceClasses,
  type FreeDestination,
  impliedClasses,
  type LawPolicy,
  type OperatorConstraint,
  type Regime,
  type Validity,
} from "../src/law/index.ts";

/** Policies by id. */
export function cedarPolicies(law: LawPolicy): Readonly<Record<string, string>> {
  const named = [
    ["everything", "permit (principal, action, resource);"],
    ["unknown-law", unknownLaw(law.regimes)],
    ...law.regimes.flatMap((regime) => forbidsOf(regime, law.mechanisms)),
    ...["resource", "resource.cell"].map((target) => [
      `requires-${target}`,
      forbid(
        `(principal has residency && !principal.residency.containsAll(${target}.places)) || ` +
          `(principal has sovereignty && !(principal.sovereignty.containsAll(${target}.places) && ` +
          `principal.sovereignty.containsAll(${target}.controllers)))`,
      ),
    ]),
  ] as const;
  return Object.fromEntries(named);
}

function unknownLaw(regimes: readonly Regime[]): string {
  const places = new Set(regimes.flatMap(({ covers }) => membersOf(covers)));
  const partly = [...places].filter((place) =>
    regimes.every(({ covers, coversClasses }) => !covers.has(place) || coversClasses !== null),
  );
  const unknown = partly.map((place) => {
    const covering = regimes.filter(({ covers }) => covers.has(place));
    const classes = new Set(covering.flatMap(({ coversClasses }) => [...(coversClasses ?? [])]));
    return `(context.subjectPlaces.contains("${place}") && !${setOf(withNarrower(classes))}.containsAll(context.classes))`;
  });
  return forbid([`!${setOf(places)}.containsAll(context.subjectPlaces)`, ...unknown].join(" || "));
}

function forbidsOf(regime: Regime, declared: readonly DeclaredMechanism[]): (readonly [string, string])[] {
  const { id, maxRetentionDays, evidenceMin } = regime;
  // Support and contracts are not put into Cedar either: in these policies people reach in from where it computes, and
  // nobody has said which contracts there are, so neither changes an answer.
  if (maxRetentionDays !== null) {
    throw new Error(`\`${id}\` asks for retention, which is not put into Cedar`);
  }
  const evidence = evidenceClasses.indexOf(evidenceMin);
  return ["resource", "resource.cell"].flatMap((target) => {
    const applies = `${inForce(regime.effective)} && ${mayHold(regime.appliesWhen, true, target)}`;
    const barred = regime.operatorConstraints.map((constraint) => violation(constraint, target));
    const weak = evidence > 0 && target === "resource" ? [`resource.evidence < ${evidence}`] : [];
    const forbids = [
      ...[...barred, ...weak].map((each) => forbid(`${applies} && (${each})`)),
      ...restriction(regime, target).map((each) =>
        forbid(`${applies} && (${each})`, mechanisms(regime, declared, target)),
      ),
    ];
    return forbids.map((text, index) => [`${id}-${target}-${index}`, text] as const);
  });
}

function violation(constraint: OperatorConstraint, target: string): string {
  const { denyControlFrom, allowControlFrom, requiresCertification } = constraint;
  if (requiresCertification !== null) throw new Error("certificates are not put into Cedar");
  const denied = `${setOf(perhaps(denyControlFrom))}.containsAny(${target}.controllers)`;
  if (allowControlFrom === null) return denied;
  return `${denied} || !${setOf(allowControlFrom)}.containsAll(${target}.controllers)`;
}

function restriction(regime: Regime, target: string): string[] {
  switch (regime.rule) {
    case "operator":
    case "terms":
      return [];
    case "hard_local":
      return [`!${setOf(regime.home)}.containsAll(${target}.places)`];
    case "conditional": {
      const reachable = new Set([
        ...regime.home,
        ...regime.freeDestinations.flatMap((free) => [...free.places]),
      ]);
      const bound = [...reachable].flatMap((place) => boundTo(regime, place as Place, target));
      return [[`!${setOf(reachable)}.containsAll(${target}.places)`, ...bound].join(" || ")];
    }
    case "denylist":
    case "export_control": {
      const denied = setOf(perhaps(regime.deniedDestinations));
      return [`${denied}.containsAny(${target}.places) || ${denied}.containsAny(${target}.controllers)`];
    }
    default:
      return unreachable(regime.rule);
  }
}

/** A place that is free at some times or for some classes only. */
function boundTo({ home, freeDestinations }: Regime, place: Place, target: string): string[] {
  if (home.has(place)) return [];
  const ways = freeDestinations.filter(({ places }) => places.has(place)).map(freely);
  return [`(${target}.places.contains("${place}") && !(${ways.join(" || ")}))`];
}

/** No operator of these policies has a certificate or a standing, so what asks for one opens nothing. */
function freely(free: FreeDestination): string {
  const { validity, classes, exceptClasses, requiresCertification, requiresStanding } = free;
  if (requiresCertification !== null || requiresStanding !== null) return "false";
  const excepted = setOf(withNarrower(exceptClasses));
  const spared = exceptClasses.size === 0 ? [] : [`!${excepted}.containsAny(context.classes)`];
  return `(${[inForce(validity), inScope(classes), ...spared].join(" && ")})`;
}

function mechanisms(regime: Regime, declared: readonly DeclaredMechanism[], target: string): string {
  const usable = regime.mechanisms.flatMap((rule) =>
    declared
      .filter(({ kind, documents }) => kind === rule.kind && rule.documents.every((name) => documents[name]))
      .filter(() => rule.enabled)
      .map(({ from, to, classes, validity }) =>
        [
          `principal == Tenant::"${from}" && ${target}.operator == "${to}" && ${inForce(validity)}`,
          inScope(rule.classes),
          inScope(classes),
          ...(rule.requires === null ? [] : [`!${mayHold(rule.requires, false, target)}`]),
        ].join(" && "),
      ),
  );
  return usable.map((each) => `(${each})`).join(" || ");
}

/** Whether the condition may have the truth value `wanted`, as src/law/policy/condition.ts reads it. */
function mayHold(condition: Condition, wanted: boolean, target: string): string {
  switch (condition.kind) {
    case "all":
    case "any": {
      const parts = condition.of.map((part) => mayHold(part, wanted, target));
      return `(${parts.join((condition.kind === "all") === wanted ? " && " : " || ")})`;
    }
    case "not":
      return mayHold(condition.of, !wanted, target);
    case "subject_place":
      return ofPlaces("context.subjectPlaces", condition.in, wanted);
    case "subject_citizenship":
      return wanted ? ofPlaces("context.citizenships", condition.in, true) : "true";
    case "subject_residence":
      return ofPlaces("context.residences", condition.in, wanted);
    case "controller_place":
      return ofPlaces("context.controllerPlaces", condition.in, wanted);
    case "processor_place":
      return ofPlaces(`${target}.processors`, condition.in, wanted);
    case "sector":
      return `(${setOf(condition.in)}.contains(context.sector) == ${wanted})`;
    case "data_class": {
      const classes = setOf(withNarrower(condition.in));
      return wanted
        ? `${classes}.containsAny(context.classes)`
        : `(!${classes}.containsAll(context.classes))`;
    }
    case "requires_level":
      return wanted ? `${setOf(condition.in)}.containsAny(context.levels)` : "true";
    case "controller_status":
    case "employment":
    case "targeted_place":
      // No tenant of these policies says whom it is aimed at, so it may be either.
      return "true";
    case "minor":
    case "purpose":
    case "volume_at_least":
      throw new Error(`conditions of kind \`${condition.kind}\` are not put into Cedar`);
    default:
      return unreachable(condition);
  }
}

function ofPlaces(attribute: string, set: PlaceSet, wanted: boolean): string {
  return wanted
    ? `${setOf(perhaps(set))}.containsAny(${attribute})`
    : `(!${setOf(set)}.containsAll(${attribute}))`;
}

/** With the country of each part: who is somewhere in the country may be in the part. */
function perhaps(set: PlaceSet): ReadonlySet<string> {
  return new Set(membersOf(set).flatMap((place) => [place, place.slice(0, 2)]));
}

/** With each class that implies one of them. */
function withNarrower(classes: ReadonlySet<DataClass>): ReadonlySet<DataClass> {
  const isIn = (dataClass: DataClass): boolean =>
    classes.has(dataClass) || impliedClasses[dataClass].some((wider) => classes.has(wider));
  return new Set(dataClasses.filter(isIn));
}

function inScope(classes: ReadonlySet<DataClass> | null): string {
  if (classes === null) return "true";
  return `${setOf(new Set([...classes, ...withNarrower(new Set(["non-personal"]))]))}.containsAll(context.classes)`;
}

function inForce({ fromMs, untilMs }: Validity): string {
  const from = fromMs === null ? [] : [`context.now >= ${fromMs}`];
  const until = untilMs === null ? [] : [`context.now < ${untilMs}`];
  return [...from, ...until].join(" && ") || "true";
}

function setOf(values: ReadonlySet<string>): string {
  return JSON.stringify([...values]);
}

function forbid(when: string, unless = ""): string {
  return `forbid (principal, action, resource) when { ${when} }${unless === "" ? "" : ` unless { ${unless} }`};`;
}
