// Every verdict on one cell or endpoint.
//
// A cell is judged with its own operator as processor, an endpoint with its own and its cell's. An endpoint is lawful
// only if its cell is: whoever may not hold the data may not receive it on the way either.
import { includesPlace, type Place, type PlaceSet } from "../../base/index.ts";
import { looksAtWish, mayHold } from "../policy/condition.ts";
import { controlledFrom } from "./control.ts";
import type { CellDerivation, EndpointDerivation, RegimeStanding, Verdict, Word } from "../derivation.ts";
import type { Cell, Endpoint, SitedTarget } from "../policy/endpoint.ts";
import { underSuspensions } from "../policy/suspensions.ts";
import { type Suspension } from "../policy/legal-event.ts";
import { irreconcilable } from "./irreconcilable.ts";
import type { EvidenceClass, Regime } from "../policy/regime.ts";
import { type Choice, factNeed, isCurable, noWay } from "./need.ts";
import { judgeRequirement } from "./requirement.ts";
import { judge } from "./rule.ts";
import type { Reading } from "./reading.ts";
import { blocked, blockedByUnknown, formatPlaces, ruleOf } from "./verdict.ts";

/** A regime that applies. */
export interface Applying {
  readonly regime: Regime;
  /** Facts that nobody stated, without which it would perhaps not apply. */
  readonly unsaid: readonly string[];
}

/** The regimes of one request. */
export interface ApplicableLaw {
  readonly applying: readonly Applying[];
  /** Regimes in force whose condition has to be asked for each operator. */
  readonly byOperator: readonly Regime[];
  readonly reading: Reading;
  /** The suspensions that stand: they are in force, and not lifted. */
  readonly suspensions: readonly Suspension[];
}

export function judgeCell(cell: Cell, applicable: ApplicableLaw): CellDerivation {
  const applied = applicableTo(applicable, controlledFrom(cell.operator, applicable.reading.moment));
  const target = { id: cell.id, siting: cell, evidence: null };
  const judged = verdictsOn(target, applied.regimes, applicable.reading);
  const verdicts = underSuspensions({ ...target, verdicts: judged }, applicable.suspensions);
  return {
    id: cell.id,
    byOperator: applied.standings,
    verdicts,
    isLawful: verdicts.every(({ passes }) => passes),
  };
}

/** An endpoint's cell, and what was found about it; null for a cell that the policy does not have. */
export interface Host {
  readonly cell: Cell | null;
  readonly derivation: CellDerivation | null;
}

export function judgeEndpoint(endpoint: Endpoint, applicable: ApplicableLaw, host: Host): EndpointDerivation {
  const { id, cell: cellId, evidence } = endpoint;
  const { reading } = applicable;
  const operators = host.cell === null ? [endpoint.operator] : [endpoint.operator, host.cell.operator];
  const controllers = operators.flatMap((operator) => controlledFrom(operator, reading.moment));
  const applied = applicableTo(applicable, controllers);
  const judged = [
    ...(host.cell === null ? [unknownFact(id, "its cell is not in the policy", "cell")] : []),
    ...verdictsOn({ id, siting: endpoint, evidence }, applied.regimes, reading),
  ];
  const verdicts = underSuspensions({ id, siting: endpoint, verdicts: judged }, applicable.suspensions);
  const isLawful = host.derivation?.isLawful === true && verdicts.every(({ passes }) => passes);
  const isTransfer = [...verdicts, ...(host.derivation?.verdicts ?? [])].some(restsOnTransfer);
  const zones = [
    ...applied.regimes.map(({ regime }) => regime.home),
    ...reading.facts.requirements.map(({ zone }) => zone),
  ];
  const isControlledAtHome = zones.every((zone) => zone.size === 0 || isWithin(zone, controllers));
  return {
    id,
    cell: cellId,
    computes: [...endpoint.computes],
    byOperator: applied.standings,
    verdicts,
    isLawful,
    word: reading.tellsWays ? wordOf([...verdicts, ...(host.derivation?.verdicts ?? [])]) : "unlawful",
    isTransfer,
    isSovereign: isLawful && !isTransfer && isControlledAtHome,
  };
}

/** What the law says of it. What the tenant wishes beside the law makes nothing unlawful. */
function wordOf(verdicts: readonly Verdict[]): Word {
  const lawful = verdicts.filter(({ isWish }) => !isWish);
  const blocking = lawful.filter(({ passes }) => !passes);
  if (blocking.length > 0) return isCurable(blocking.flatMap(choicesOf)) ? "lawful-only-with" : "unlawful";
  return lawful.some(restsOnSomething) ? "lawful-only-with" : "lawful";
}

/** A verdict that says nothing of cures has none. */
function choicesOf({ choices }: Verdict): readonly Choice[] {
  return choices.length === 0 ? noWay : choices;
}

function restsOnSomething({ grounds, contracts }: Verdict): boolean {
  return contracts.length > 0 || grounds.some(({ kind }) => kind === "mechanism");
}

interface ApplicableToTarget {
  readonly regimes: readonly Applying[];
  readonly standings: readonly RegimeStanding[];
}

function applicableTo(
  { applying, byOperator, reading }: ApplicableLaw,
  processorPlaces: readonly Place[],
): ApplicableToTarget {
  if (byOperator.length === 0) return { regimes: applying, standings: [] };
  const answers = byOperator.map((regime) => ({
    regime,
    ...mayHold(regime.appliesWhen, { facts: reading.facts, processorPlaces }),
  }));
  return {
    regimes: [...applying, ...answers.filter(({ isPossible }) => isPossible)],
    standings: answers.map(({ regime: { id, title }, isPossible, because }) => {
      const told = reading.tellsWays ? because() : [];
      return { regime: id, title, applies: isPossible ? "yes" : "no", because: told };
    }),
  };
}

interface Target extends SitedTarget {
  /** The best evidence of place that it can give; null for a cell, which signs for itself. */
  readonly evidence: EvidenceClass | null;
}

function verdictsOn(target: Target, applying: readonly Applying[], reading: Reading): readonly Verdict[] {
  const { id, siting, evidence } = target;
  if (siting.computes.length === 0) {
    return [unknownFact(id, "where it computes is not known", "places of computation")];
  }
  if (siting.stores.length === 0) {
    return [unknownFact(id, "where it stores is not known", "places of storage")];
  }
  const judged = new Map(
    applying.map(({ regime }) => [
      regime,
      tooWeakEvidence(regime, evidence) ?? judge(regime, target, reading),
    ]),
  );
  const opposites = irreconcilable([...judged.keys()]);
  return [
    ...applying.map(({ regime, unsaid }) => ({
      ...withMissing(verdictBeside(opposites.get(regime), regime, judged), unsaid),
      isWish: looksAtWish(regime.appliesWhen),
    })),
    ...reading.facts.requirements.map((requirement) => judgeRequirement(requirement, target, reading.moment)),
  ];
}

/** Names the opposite where one of the two blocks: at home here is abroad there. */
function verdictBeside(
  opposite: Regime | undefined,
  regime: Regime,
  judged: ReadonlyMap<Regime, Verdict>,
): Verdict {
  const own = judged.get(regime);
  if (own === undefined) throw new TypeError(`\`${regime.id}\` was not judged`);
  if (opposite === undefined || (own.passes && judged.get(opposite)?.passes === true)) return own;
  return irreconcilableVerdict(regime, opposite);
}

/** Names what nobody stated: whoever states it may find that the regime does not apply. */
function withMissing(verdict: Verdict, unsaid: readonly string[]): Verdict {
  if (verdict.passes || verdict.missing !== null || unsaid.length === 0) return verdict;
  const facts = [...new Set(unsaid)];
  // Said so that the regime does not apply, they are a way out of all of it.
  const way = facts.map((fact) => factNeed(fact, verdict.article));
  const choices = verdict.choices.map((choice) => [...choice, way]);
  return { ...verdict, missing: facts.join(", "), choices };
}

function irreconcilableVerdict(regime: Regime, opposite: Regime): Verdict {
  const homes = `${formatPlaces(regime.home)}, \`${opposite.id}\` in ${formatPlaces(opposite.home)}`;
  return blocked(ruleOf(regime), `\`${regime.id}\` keeps the data in ${homes}: no place satisfies both`);
}

function tooWeakEvidence(regime: Regime, evidence: EvidenceClass | null): Verdict | null {
  const { evidenceMin } = regime;
  // E0 to E4 are in order as text too; whatever else stood there would be too weak.
  if (evidence === null || evidence >= evidenceMin) return null;
  const reason = `it can give evidence \`${evidence}\` at best, less than \`${evidenceMin}\``;
  return blocked(ruleOf(regime), reason);
}

function unknownFact(id: string, reason: string, fact: string): Verdict {
  const rule = { rule: "siting", article: "what is not known is not allowed" };
  return blockedByUnknown(rule, reason, `${fact} of \`${id}\``);
}

function restsOnTransfer({ grounds }: Verdict): boolean {
  return grounds.some(({ kind }) => kind === "free" || kind === "mechanism");
}

function isWithin(zone: PlaceSet, places: readonly Place[]): boolean {
  return places.every((place) => includesPlace(zone, place));
}
