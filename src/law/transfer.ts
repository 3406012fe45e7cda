// `conditional` rules: at home, or to a free destination, or under a mechanism that the tenant has put in place
// (GDPR Art. 44–46 and the laws shaped like it). Derogations for single cases (Art. 49) are no routing mechanism.
import { includesPlace, type Place } from "../base/index.ts";
import type { Verdict } from "./derivation.ts";
import { type Siting, sitedIn } from "./endpoint.ts";
import type { Facts } from "./facts.ts";
import type { Moment } from "./moment.ts";
import type { Ground } from "./permit.ts";
import type { DeclaredMechanism, FreeDestination, MechanismRule, Regime } from "./regime.ts";
import { blocked, formatPlaces, passed, plainGround, ruleOf } from "./verdict.ts";

/** What rules are read against: one request, one instant, and what the tenants have declared. */
export interface Reading {
  readonly facts: Facts;
  readonly moment: Moment;
  readonly mechanisms: readonly DeclaredMechanism[];
}

export function judgeTransfer(regime: Regime, siting: Siting, reading: Reading): Verdict {
  const abroad = sitedIn(siting).filter((place) => !includesPlace(regime.home, place));
  if (abroad.length === 0) {
    return passed(ruleOf(regime), "every place is at home", [plainGround(regime, "home")]);
  }
  const free = new Map(abroad.map((place) => [place, freeDestination(regime, place, reading)]));
  const restricted = abroad.filter((place) => !free.get(place));
  const grounds = [...new Set(free.values())].flatMap((found) => (found ? [freeGround(regime, found)] : []));
  if (restricted.length === 0) {
    return passed(ruleOf(regime), `${formatPlaces(abroad)}: free destination`, grounds);
  }
  return underMechanism({ regime, siting, restricted, grounds }, reading);
}

function freeDestination(regime: Regime, place: Place, reading: Reading): FreeDestination | null {
  const found = regime.freeDestinations.find(
    ({ places, classes, validity }) =>
      includesPlace(places, place) && inScope(classes, reading.facts) && reading.moment.isInForce(validity),
  );
  return found ?? null;
}

/** Each class must be listed by name: a decision that is silent on a narrower class does not cover it. */
function inScope(scope: FreeDestination["classes"], { classes }: Facts): boolean {
  return scope === null || classes.every(({ value }) => value === "non-personal" || scope.has(value));
}

function freeGround(regime: Regime, { instrument, validity }: FreeDestination): Ground {
  return { ...plainGround(regime, "free"), instrument, untilMs: validity.untilMs };
}

interface RestrictedTransfer {
  readonly regime: Regime;
  readonly siting: Siting;
  /** Places that only a mechanism can open. */
  readonly restricted: readonly Place[];
  readonly grounds: readonly Ground[];
}

function underMechanism(transfer: RestrictedTransfer, reading: Reading): Verdict {
  const { regime, siting, restricted, grounds } = transfer;
  const tried: string[] = [];
  for (const rule of regime.mechanisms) {
    for (const declared of reading.mechanisms.filter(({ kind }) => kind === rule.kind)) {
      const obstacle = obstacleTo(declared, { rule, siting, reading });
      tried.push(`\`${declared.id}\`: ${obstacle ?? "in force"}`);
      if (obstacle !== null) continue;
      const all = [...grounds, mechanismGround(regime, rule, declared)];
      return {
        ...passed(ruleOf(regime), `${formatPlaces(restricted)}: under \`${declared.id}\``, all),
        tried,
      };
    }
  }
  const reason = `${formatPlaces(restricted)}: neither home nor a free destination, and no declared mechanism works`;
  return { ...blocked(ruleOf(regime), reason), tried };
}

interface MechanismUse {
  readonly rule: MechanismRule;
  readonly siting: Siting;
  readonly reading: Reading;
}

/** Why a declaration does not carry this transfer; null when it does. */
function obstacleTo(declared: DeclaredMechanism, { rule, siting, reading }: MechanismUse): string | null {
  if (!rule.enabled) return `mechanisms of kind \`${rule.kind}\` are switched off`;
  if (declared.from !== reading.facts.exporter) return `it exports from \`${declared.from}\``;
  if (declared.to !== siting.operator.id) return `it exports to \`${declared.to}\``;
  const absent = rule.documents.find((name) => !hasDocument(declared, name));
  if (absent !== undefined) return `document \`${absent}\` is missing`;
  return reading.moment.isInForce(declared.validity) ? null : "it is not in force";
}

export function hasDocument({ documents }: DeclaredMechanism, name: string): boolean {
  return Object.hasOwn(documents, name) && documents[name] !== "";
}

function mechanismGround(regime: Regime, rule: MechanismRule, declared: DeclaredMechanism): Ground {
  return {
    regime: regime.id,
    kind: "mechanism",
    article: rule.article,
    instrument: declared.id,
    documents: { ...declared.documents },
    untilMs: declared.validity.untilMs,
  };
}
