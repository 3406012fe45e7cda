// What a tenant has put in place to go where a rule does not let it go otherwise: transfer tools (GDPR Art. 46) and
// exceptions to localisation (such as a decision under Ministerial Resolution 51/2021 of the Emirates).
import { includesPlace, type Place } from "../../base/index.ts";
import { mayHold, mayNotHold } from "../policy/condition.ts";
import { controlledFrom } from "./control.ts";
import { documentObstacle } from "./document.ts";
import type { Verdict } from "../derivation.ts";
import type { Siting } from "../policy/endpoint.ts";
import { isInScope, type Role } from "../policy/facts.ts";
import type { Ground } from "../permit.ts";
import type { Choice, Way } from "./need.ts";
import { Moment } from "../policy/moment.ts";
import { assumedRoles, wrongParty } from "./parties.ts";
import type { Reading } from "./reading.ts";
import type { DeclaredMechanism, MechanismRule, Regime } from "../policy/regime.ts";
import { blocked, formatPlaces, passed, ruleOf } from "./verdict.ts";
import { toolWays } from "./way.ts";

export interface RestrictedTransfer {
  readonly regime: Regime;
  readonly siting: Siting;
  /** Places that only a mechanism can open. */
  readonly restricted: readonly Place[];
  /** What opens the others. */
  readonly grounds: readonly Ground[];
  /** The reason when no mechanism works. */
  readonly otherwise: string;
  /** How one of the places would be open without a mechanism. */
  readonly waysBeside: (place: Place, reading: Reading) => readonly Way[];
}

/** Each place needs a mechanism of its own, or one that several places share: what opens one country opens no other. */
export function underMechanism(transfer: RestrictedTransfer, reading: Reading): Verdict {
  const { regime, restricted, grounds, otherwise } = transfer;
  const tries = reading.mechanisms.length === 0 ? [] : triesOf(transfer, reading);
  const opened = new Map(
    restricted.map((place) => [place, tries.find((each) => each.opens.has(place)) ?? null]),
  );
  const tried = tries.map(({ declared, obstacle }) => `\`${declared.id}\`: ${obstacle ?? "in force"}`);
  const closed = restricted.filter((place) => opened.get(place) === null);
  if (closed.length > 0) {
    const missing = tries.find((each) => each.missing !== null)?.missing ?? null;
    const choices = distinct(closed.map((place) => waysTo(place, transfer, reading)));
    const reason =
      closed.length < restricted.length
        ? `${formatPlaces(closed)}: no declared mechanism works there`
        : otherwise;
    return { ...blocked(ruleOf(regime), reason, choices), missing, tried };
  }
  const used = [...new Set(opened.values())].filter((each) => each !== null);
  const names = used.map(({ declared }) => `\`${declared.id}\``).join(", ");
  const all = [...grounds, ...used.map(({ rule, declared }) => mechanismGround(regime, rule, declared))];
  const reason = `${formatPlaces(restricted)}: under ${names}`;
  return {
    ...passed(ruleOf(regime), reason, all),
    assumesRoles: rolesFor(restricted, tries, reading),
    tried,
  };
}

function rolesFor(places: readonly Place[], tries: readonly Try[], reading: Reading): readonly Role[] {
  const carrying = places.map((place) =>
    tries.filter(({ opens }) => opens.has(place)).map(({ rule }) => rule),
  );
  return [...new Set(carrying.flatMap((rules) => assumedRoles(rules, reading)))];
}

interface MechanismUse {
  readonly rule: MechanismRule;
  readonly regime: Regime;
  readonly siting: Siting;
  readonly reading: Reading;
}

interface Try {
  readonly rule: MechanismRule;
  readonly declared: DeclaredMechanism;
  readonly opens: ReadonlySet<Place>;
  /** Why it does not open all of them; null where it does. */
  readonly obstacle: string | null;
  /** The fact whose absence that is. */
  readonly missing: string | null;
}

function triesOf({ regime, siting, restricted }: RestrictedTransfer, reading: Reading): readonly Try[] {
  return regime.mechanisms.flatMap((rule) =>
    reading.mechanisms
      .filter(({ kind }) => kind === rule.kind)
      .map((declared): Try => {
        const use = { rule, regime, siting, reading };
        const reason = plainObstacle(declared, use);
        const general = reason === null ? unmetCondition(use) : { obstacle: reason, missing: null };
        if (general !== null) return { rule, declared, opens: new Set(), ...general };
        const obstacles = restricted.map((place) => ({ place, reason: placeObstacle(declared, use, place) }));
        const opens = new Set(obstacles.filter(({ reason }) => reason === null).map(({ place }) => place));
        const obstacle = obstacles.find(({ reason }) => reason !== null)?.reason ?? null;
        return { rule, declared, opens, obstacle, missing: null };
      }),
  );
}

interface Obstacle {
  readonly obstacle: string;
  readonly missing: string | null;
}

/** Why a declaration does not carry this transfer, wherever it goes; null when it does. */
export function plainObstacle(
  declared: DeclaredMechanism,
  { rule, regime, siting, reading }: MechanismUse,
): string | null {
  const { facts, moment } = reading;
  if (!rule.enabled) return `mechanisms of kind \`${rule.kind}\` are switched off`;
  if (declared.from !== facts.exporter) return `it exports from \`${declared.from}\``;
  if (declared.to !== siting.operator.id) return `it exports to \`${declared.to}\``;
  const wrong = wrongParty(rule, regime, { siting, reading });
  if (wrong !== null) return wrong;
  if (!isInScope(rule.classes, facts)) return `mechanisms of kind \`${rule.kind}\` do not carry such data`;
  if (!isInScope(declared.classes, facts)) return "it was not made for such data";
  return moment.isInForce(declared.validity) ? null : "it is not in force";
}

function placeObstacle(
  declared: DeclaredMechanism,
  { rule, reading }: MechanismUse,
  place: Place,
): string | null {
  if (rule.places !== null && !includesPlace(rule.places, place)) {
    return `\`${rule.kind}\` opens ${formatPlaces(rule.places)}, and not \`${place}\``;
  }
  for (const name of rule.documents) {
    const obstacle = documentObstacle(declared.documents, { name, place }, reading.moment);
    if (obstacle !== null) return obstacle;
  }
  return null;
}

/** An exception must not rest on what may be otherwise: its condition must be impossible to be false. */
function unmetCondition({ rule, siting, reading }: MechanismUse): Obstacle | null {
  if (rule.requires === null) return null;
  const circumstances = {
    facts: reading.facts,
    processorPlaces: controlledFrom(siting.operator, reading.moment),
  };
  const contrary = mayNotHold(rule.requires, circumstances);
  if (!contrary.isPossible && mayHold(rule.requires, circumstances).isPossible) return null;
  return { obstacle: contrary.because().join("; "), missing: contrary.unsaid.join(", ") || null };
}

function waysTo(place: Place, transfer: RestrictedTransfer, reading: Reading): Choice {
  if (!reading.tellsWays) return [];
  const { regime, siting, waysBeside } = transfer;
  // What could be open asks more of the clock than what is, and must not shorten the life of the decision.
  const aside = { ...reading, moment: new Moment(reading.moment.nowMs) };
  return [...waysBeside(place, aside), ...toolWays({ regime, siting, place }, aside)];
}

function distinct(choices: readonly Choice[]): readonly Choice[] {
  if (choices.length < 2) return choices;
  return [...new Map(choices.map((choice) => [JSON.stringify(choice), choice])).values()];
}

function mechanismGround(regime: Regime, rule: MechanismRule, declared: DeclaredMechanism): Ground {
  const documents = Object.entries(declared.documents).map(([kind, { name }]) => [kind, name]);
  return {
    regime: regime.id,
    kind: "mechanism",
    article: rule.article,
    instrument: declared.id,
    documents: Object.fromEntries(documents) as Readonly<Record<string, string>>,
    untilMs: declared.validity.untilMs,
  };
}
