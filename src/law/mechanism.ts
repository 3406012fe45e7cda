// What a tenant has put in place to go where a rule does not let it go otherwise: transfer tools (GDPR Art. 46) and
// exceptions to localisation (such as a decision under Ministerial Resolution 51/2021 of the Emirates).
import type { Place } from "../base/index.ts";
import { mayHold, mayNotHold } from "./condition.ts";
import { controlledFrom } from "./control.ts";
import type { Verdict } from "./derivation.ts";
import type { Siting } from "./endpoint.ts";
import { isInScope } from "./facts.ts";
import type { Ground } from "./permit.ts";
import type { Reading } from "./reading.ts";
import type { DeclaredMechanism, MechanismRule, Regime } from "./regime.ts";
import { blocked, formatPlaces, passed, ruleOf } from "./verdict.ts";

export interface RestrictedTransfer {
  readonly regime: Regime;
  readonly siting: Siting;
  /** Places that only a mechanism can open. */
  readonly restricted: readonly Place[];
  /** What opens the others. */
  readonly grounds: readonly Ground[];
  /** The reason when no mechanism works. */
  readonly otherwise: string;
}

export function underMechanism(transfer: RestrictedTransfer, reading: Reading): Verdict {
  const { regime, siting, restricted, grounds, otherwise } = transfer;
  const tried: string[] = [];
  let missing: string | null = null;
  for (const rule of regime.mechanisms) {
    for (const declared of reading.mechanisms.filter(({ kind }) => kind === rule.kind)) {
      const obstacle = obstacleTo(declared, { rule, siting, reading });
      tried.push(`\`${declared.id}\`: ${obstacle?.reason ?? "in force"}`);
      missing ??= obstacle?.missing ?? null;
      if (obstacle !== null) continue;
      const all = [...grounds, mechanismGround(regime, rule, declared)];
      return {
        ...passed(ruleOf(regime), `${formatPlaces(restricted)}: under \`${declared.id}\``, all),
        tried,
      };
    }
  }
  return { ...blocked(ruleOf(regime), otherwise, missing), tried };
}

export function hasDocument({ documents }: DeclaredMechanism, name: string): boolean {
  return Object.hasOwn(documents, name) && documents[name] !== "";
}

interface MechanismUse {
  readonly rule: MechanismRule;
  readonly siting: Siting;
  readonly reading: Reading;
}

interface Obstacle {
  readonly reason: string;
  /** The fact whose absence it is. */
  readonly missing: string | null;
}

/** Why a declaration does not carry this transfer; null when it does. */
function obstacleTo(declared: DeclaredMechanism, use: MechanismUse): Obstacle | null {
  const reason = plainObstacle(declared, use);
  return reason === null ? unmetCondition(use) : { reason, missing: null };
}

function plainObstacle(declared: DeclaredMechanism, { rule, siting, reading }: MechanismUse): string | null {
  const { facts, moment } = reading;
  if (!rule.enabled) return `mechanisms of kind \`${rule.kind}\` are switched off`;
  if (declared.from !== facts.exporter) return `it exports from \`${declared.from}\``;
  if (declared.to !== siting.operator.id) return `it exports to \`${declared.to}\``;
  const absent = rule.documents.find((name) => !hasDocument(declared, name));
  if (absent !== undefined) return `document \`${absent}\` is missing`;
  if (!isInScope(rule.classes, facts)) return `mechanisms of kind \`${rule.kind}\` do not carry such data`;
  if (!isInScope(declared.classes, facts)) return "it was not made for such data";
  return moment.isInForce(declared.validity) ? null : "it is not in force";
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
  return { reason: contrary.because.join("; "), missing: contrary.unsaid.join(", ") || null };
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
