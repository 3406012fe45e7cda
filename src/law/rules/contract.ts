// Contracts with whoever runs it, where a law makes them a condition (GDPR Art. 28(3), 45 CFR 164.502(e)).
import type { Verdict } from "../derivation.ts";
import type { SitedTarget, Siting } from "../policy/endpoint.ts";
import { mayHold } from "../policy/condition.ts";
import type { ContractRule, MechanismRule, Regime } from "../policy/regime.ts";
import { controlledFrom } from "./control.ts";
import { plainObstacle } from "./mechanism.ts";
import { contractNeed } from "./need.ts";
import { assumedRoles } from "./parties.ts";
import type { Reading } from "./reading.ts";
import { blocked, passed } from "./verdict.ts";

/**
 * One verdict for each contract that the regime asks for. Where nobody has said which contracts there are, it is assumed
 * that this one is, and the verdict says so: `check` lists every such assumption, for its author to make good.
 */
export function judgeContracts(regime: Regime, target: SitedTarget, reading: Reading): readonly Verdict[] {
  return regime.contracts
    .filter((rule) => isAsked(rule, target.siting, reading))
    .map((rule) => judgeContract({ regime, rule, target }, reading));
}

interface AskedContract {
  readonly regime: Regime;
  readonly rule: ContractRule;
  readonly target: SitedTarget;
}

function judgeContract(asked: AskedContract, reading: Reading): Verdict {
  const { regime, rule, target } = asked;
  const { contract, article } = rule;
  const { siting } = target;
  const source = { rule: regime.id, article };
  const name = `\`${contract}\` with \`${siting.operator.id}\``;
  const all = [siting.operator.contracts, siting.contracts].filter((contracts) => contracts !== null);
  if (all.length === 0) return { ...passed(source, `${name} is assumed`), assumes: [contract] };
  const isListed = all
    .flat()
    .some((each) => each.contract === contract && reading.moment.isInForce(each.validity));
  const inForce = { ...passed(source, `${name} is in force`), contracts: [contract] };
  if (isListed) return inForce;
  const tools = toolsWithTerms(asked, reading);
  if (tools.length > 0) return { ...inForce, assumesRoles: assumedRoles(tools, reading) };
  return blocked(source, `there is no ${name}`, [[[contractNeed(contract, article, target)]]]);
}

/** Clauses of another module, for other data or switched off hold no terms for this: where they carry nothing, they are none. */
function toolsWithTerms(
  { regime, rule: { metBy }, target: { siting } }: AskedContract,
  reading: Reading,
): readonly MechanismRule[] {
  const tools = regime.mechanisms.filter(({ kind }) => metBy.has(kind));
  return tools.filter((rule) =>
    reading.mechanisms.some(
      (declared) =>
        declared.kind === rule.kind && plainObstacle(declared, { rule, regime, siting, reading }) === null,
    ),
  );
}

/** Nobody contracts with themselves: what the exporter runs is its own. */
function isAsked({ when }: ContractRule, { operator }: Siting, { facts, moment }: Reading): boolean {
  if (operator.id === facts.exporter) return false;
  if (when === null) return true;
  return mayHold(when, { facts, processorPlaces: controlledFrom(operator, moment) }).isPossible;
}
