// What the legal events that stand take away from the law.
import { type InstantMs, mayLieIn, parsePlace } from "../../base/index.ts";
import type { Verdict } from "../derivation.ts";
import { blocked } from "../rules/verdict.ts";
import type { Operator, Siting } from "./endpoint.ts";
import type { LegalEvent, LegalTarget, Suspension } from "./legal-event.ts";
import { Moment } from "./moment.ts";
import type { PreparedLaw } from "./prepare.ts";
import type { Regime } from "./regime.ts";

/** The suspensions that stand: in force, and not lifted. Their order does not matter. */
export function standing(events: readonly LegalEvent[], moment: Moment): readonly Suspension[] {
  const lifts = events.filter((event) => event.act === "lift");
  const lifted = new Set(
    lifts.filter(({ validity }) => moment.isInForce(validity)).map(({ lifts }) => lifts),
  );
  const suspensions = events.filter((event) => event.act === "suspend");
  return suspensions.filter(({ id, validity }) => moment.isInForce(validity) && !lifted.has(id));
}

/** Those that stand at an instant, for whoever tells of them. */
export function suspensionsAt(events: readonly LegalEvent[], nowMs: InstantMs): readonly Suspension[] {
  return standing(events, new Moment(nowMs));
}

/** How a block names the suspension that it comes from. */
export function ruleOfEvent(id: string): string {
  return `event:${id}`;
}

export function isOfEvent(rule: string): boolean {
  return rule.startsWith("event:");
}

/** The law without the mechanisms and free destinations that are suspended. */
export function withoutSuspended(law: PreparedLaw, suspensions: readonly Suspension[]): PreparedLaw {
  const names = new Set(suspensions.filter(({ target }) => target.kind === "mechanism").map(nameOf));
  if (names.size === 0) return law;
  const kept = new Map(law.regimes.map((regime) => [regime, withoutInstruments(regime, names)]));
  const keep = (regime: Regime): Regime => kept.get(regime) ?? regime;
  return {
    ...law,
    regimes: law.regimes.map(keep),
    byOperator: new Set(Array.from(law.byOperator, keep)),
    mechanisms: law.mechanisms.filter(({ id, kind }) => !names.has(id) && !names.has(kind)),
  };
}

interface Suspect {
  readonly id: string;
  readonly siting: Siting;
  readonly verdicts: readonly Verdict[];
}

/** The verdicts on a cell or endpoint, and a block for each suspension that meets it. */
export function underSuspensions(suspect: Suspect, suspensions: readonly Suspension[]): readonly Verdict[] {
  return [...suspect.verdicts, ...suspensions.filter(({ target }) => meets(target, suspect)).map(blockedBy)];
}

function meets({ kind, name }: LegalTarget, { id, siting, verdicts }: Suspect): boolean {
  switch (kind) {
    case "region":
      return isIn(name, siting);
    case "operator":
      return isReached(siting.operator, name);
    case "group":
      return isReached(siting.operator, name) || siting.operator.controls.has(name);
    case "regime":
      return verdicts.some(({ rule }) => rule === name);
    case "endpoint":
      return id === name;
    case "mechanism":
      return false;
    default:
      return kind satisfies never;
  }
}

/** An order to somebody binds whom he controls, and is felt by whoever lets him have the data. */
function isReached({ id, controlledBy, subprocessors }: Operator, name: string): boolean {
  return id === name || controlledBy.has(name) || subprocessors.has(name);
}

/** Who has the data there, has it there, whatever the machine's own place: a sub-processor too, and no mere owner. */
function isIn(name: string, { computes, stores, support, operator }: Siting): boolean {
  const place = parsePlace(name);
  // Nobody can tell what lies in a place that is none: everything may.
  if (!place.ok) return true;
  const region = new Set([place.value]);
  const holders = operator.recipients.filter(({ isOwner }) => !isOwner).map(({ home }) => home);
  return [...computes, ...stores, ...support.map(({ place }) => place), ...holders].some((each) =>
    mayLieIn(region, each),
  );
}

function blockedBy({ id, target, reason }: Suspension): Verdict {
  return blocked(
    { rule: ruleOfEvent(id), article: `legal event \`${id}\`` },
    `${target.kind} \`${target.name}\` is suspended (${reason})`,
  );
}

/** Without decisions that are suspended, and the tools that stand or fall with them. */
function withoutInstruments(regime: Regime, names: ReadonlySet<string>): Regime {
  const isSuspended = (instrument: string | null): boolean =>
    instrument !== null && (names.has(instrument) || names.has(withoutScope(instrument)));
  const freeDestinations = regime.freeDestinations.filter(({ instrument }) => !isSuspended(instrument));
  const mechanisms = regime.mechanisms.filter(({ instrument }) => !isSuspended(instrument));
  const isWhole =
    freeDestinations.length === regime.freeDestinations.length &&
    mechanisms.length === regime.mechanisms.length;
  return isWhole ? regime : { ...regime, freeDestinations, mechanisms };
}

/** A pack's instrument may have its scope behind it, in parentheses. */
export function withoutScope(instrument: string): string {
  return instrument.replace(/ \([^)]*\)$/, "");
}

function nameOf({ target }: Suspension): string {
  return target.name;
}
