// Legal events: an injunction, an adequacy decision withdrawn, a sanction. An event suspends something; a lift takes one
// suspension back. Suspensions stack: what two of them forbid stays forbidden until neither stands.
//
// INVARIANT: events only take away. With any set of them, whatever is permitted is permitted without them too, and on
// the same grounds or fewer; a lift gives back what its suspension took and nothing else.
import { mayLieIn, parsePlace } from "../base/index.ts";
import type { Verdict } from "./derivation.ts";
import type { Siting } from "./endpoint.ts";
import type { Moment } from "./moment.ts";
import type { PreparedLaw } from "./prepare.ts";
import type { Regime, Validity } from "./regime.ts";
import { blocked } from "./verdict.ts";

export const legalTargetKinds = ["region", "operator", "mechanism", "regime", "endpoint"] as const;
export type LegalTargetKind = (typeof legalTargetKinds)[number];

export const suspensionReasons = [
  "injunction",
  "adequacy-withdrawn",
  "mechanism-invalid",
  "sanction",
  "supervisory-order",
  "contract-ended",
  "incident",
  "drill",
] as const;
export const liftReasons = ["order-ended", "order-stayed", "remedied", "mistake", "drill-ended"] as const;

export interface LegalTarget {
  readonly kind: LegalTargetKind;
  /**
   * `region`: a place; whatever computes, stores or is supported there. `operator`: its cells and endpoints.
   * `mechanism`: a declared mechanism by its id or its kind, or the instrument of a free destination. `regime`: whatever
   * the regime applies to, wherever it is. `endpoint`: that one.
   */
  readonly name: string;
}

export interface Suspension {
  readonly act: "suspend";
  readonly id: string;
  readonly target: LegalTarget;
  readonly reason: (typeof suspensionReasons)[number];
  readonly validity: Validity;
}

export interface Lift {
  readonly act: "lift";
  readonly id: string;
  /** Of the suspension that does not stand while this is in force. */
  readonly lifts: string;
  readonly reason: (typeof liftReasons)[number];
  readonly validity: Validity;
}

export type LegalEvent = Suspension | Lift;

/** The suspensions that stand: in force, and not lifted. Their order does not matter. */
export function standing(events: readonly LegalEvent[], moment: Moment): readonly Suspension[] {
  const lifts = events.filter((event) => event.act === "lift");
  const lifted = new Set(
    lifts.filter(({ validity }) => moment.isInForce(validity)).map(({ lifts }) => lifts),
  );
  const suspensions = events.filter((event) => event.act === "suspend");
  return suspensions.filter(({ id, validity }) => moment.isInForce(validity) && !lifted.has(id));
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
      return siting.operator.id === name;
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

function isIn(name: string, { computes, stores, support }: Siting): boolean {
  const place = parsePlace(name);
  // Nobody can tell what lies in a place that is none: everything may.
  if (!place.ok) return true;
  const region = new Set([place.value]);
  return [...computes, ...stores, ...support].some((each) => mayLieIn(region, each));
}

function blockedBy({ id, target, reason }: Suspension): Verdict {
  return blocked(
    { rule: `event:${id}`, article: `legal event \`${id}\`` },
    `${target.kind} \`${target.name}\` is suspended (${reason})`,
  );
}

/** A pack's instrument may have its scope behind it, in parentheses. */
function withoutInstruments(regime: Regime, names: ReadonlySet<string>): Regime {
  const freeDestinations = regime.freeDestinations.filter(
    ({ instrument }) => !names.has(instrument) && !names.has(instrument.replace(/ \([^)]*\)$/, "")),
  );
  return freeDestinations.length === regime.freeDestinations.length
    ? regime
    : { ...regime, freeDestinations };
}

function nameOf({ target }: Suspension): string {
  return target.name;
}
