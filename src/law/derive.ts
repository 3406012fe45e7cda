// The one evaluator: facts and an instant in, every verdict out. `decide` and `explain` both stand on it, so they
// cannot disagree.
import { includesPlace, type InstantMs, type Place } from "../base/index.ts";
import { mayHold } from "./condition.ts";
import type { Derivation, RegimeStanding } from "./derivation.ts";
import { type DataClass, type Facts, isOneOf } from "./facts.ts";
import { standing, withoutSuspended } from "./legal-event.ts";
import { Moment } from "./moment.ts";
import type { PreparedLaw } from "./prepare.ts";
import type { Regime } from "./regime.ts";
import { type Applying, type Docket, judgeCell, judgeEndpoint } from "./target.ts";

/** Throws on a policy or facts that break their types, and on an instant that is not one. */
export function derive(written: PreparedLaw, facts: Facts, nowMs: InstantMs): Derivation {
  const moment = new Moment(nowMs);
  const suspensions = standing(written.events, moment);
  const law = withoutSuspended(written, suspensions);
  const answers = law.regimes.map((regime) => standingOf(regime, { law, facts, moment }));
  const docket: Docket = {
    applying: answers.filter(({ standing }) => standing.applies === "yes"),
    byOperator: answers
      .filter(({ standing }) => standing.applies === "by-operator")
      .map(({ regime }) => regime),
    reading: { facts, moment, mechanisms: law.mechanisms },
    suspensions,
  };
  const cells = law.cells.map((cell) => judgeCell(cell, docket));
  const cellVerdicts = new Map(cells.map((cell) => [cell.id, cell]));
  const endpoints = law.endpoints.map((endpoint) =>
    judgeEndpoint(endpoint, docket, {
      cell: law.cellById.get(endpoint.cell) ?? null,
      derivation: cellVerdicts.get(endpoint.cell) ?? null,
    }),
  );
  const missing = missingFacts(law, facts, moment);
  return {
    policyHash: law.hash,
    nowMs,
    missing,
    regimes: answers.map(({ standing }) => standing),
    cells,
    endpoints,
    expiresAtMs: moment.nextChangeMs,
  };
}

interface Question {
  readonly law: PreparedLaw;
  readonly facts: Facts;
  readonly moment: Moment;
}

function standingOf(
  regime: Regime,
  { law, facts, moment }: Question,
): Applying & { readonly standing: RegimeStanding } {
  const name = { regime: regime.id, title: regime.title };
  if (!moment.isInForce(regime.effective)) {
    const because = ["the regime is not in force"];
    return { regime, unsaid: [], standing: { ...name, applies: "no", because } };
  }
  if (law.byOperator.has(regime)) {
    return { regime, unsaid: [], standing: { ...name, applies: "by-operator", because: [] } };
  }
  const { isPossible, because, unsaid } = mayHold(regime.appliesWhen, { facts, processorPlaces: [] });
  return { regime, unsaid, standing: { ...name, applies: isPossible ? "yes" : "no", because } };
}

/** Without these, which law applies is a guess. */
function missingFacts(law: PreparedLaw, facts: Facts, moment: Moment): readonly string[] {
  // A pack that has ended says nothing of what follows it; one that has not begun says that nothing is in force yet.
  const known = law.regimes.filter(({ effective }) => !moment.hasEnded(effective));
  const unknown = facts.subjectPlaces.flatMap(({ value: place }) =>
    facts.classes
      .filter(({ value: dataClass }) => !known.some((regime) => covers(regime, place, dataClass)))
      .map(({ value: dataClass }) => `law of \`${place}\` for \`${dataClass}\` data`),
  );
  return [
    ...(facts.subjectPlaces.length === 0 ? ["subject place"] : []),
    ...(facts.controllerPlaces.length === 0 ? ["controller place"] : []),
    ...(facts.classes.length === 0 ? ["data class"] : []),
    ...[...new Set(unknown)].toSorted(),
  ];
}

function covers({ covers: places, coversClasses }: Regime, place: Place, dataClass: DataClass): boolean {
  if (!includesPlace(places, place)) return false;
  return coversClasses === null || isOneOf(coversClasses, dataClass);
}
