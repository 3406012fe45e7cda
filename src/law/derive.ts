// The one evaluator: facts and an instant in, every verdict out. `decide` and `explain` both stand on it, so they
// cannot disagree.
import type { InstantMs } from "../base/index.ts";
import { mayHold } from "./policy/condition.ts";
import type { Derivation, RegimeStanding } from "./derivation.ts";
import { missingLaw } from "./cover.ts";
import type { Facts } from "./policy/facts.ts";
import { standing, withoutSuspended } from "./policy/suspensions.ts";
import { Moment } from "./policy/moment.ts";
import type { PreparedLaw } from "./policy/prepare.ts";
import type { Regime } from "./policy/regime.ts";
import { type Applying, type ApplicableLaw, judgeCell, judgeEndpoint } from "./rules/target.ts";

interface Telling {
  /** Whether ways out are told. Without them every block looks as if nothing cured it, and `word` says no more than that. */
  readonly tellsWays: boolean;
}

/** Throws on a policy or facts that break their types, and on an instant that is not one. */
export function derive(
  written: PreparedLaw,
  facts: Facts,
  nowMs: InstantMs,
  { tellsWays }: Telling = { tellsWays: false },
): Derivation {
  // INVARIANT: every question about time goes to `moment`. An instant that it was not asked about would be missing from
  // `expiresAtMs`, and a remembered decision would outlive the law that it was made under.
  const moment = new Moment(nowMs);
  const suspensions = standing(written.events, moment);
  const law = withoutSuspended(written, suspensions);
  const answers = law.regimes.map((regime) => standingOf(regime, { law, facts, moment, tellsWays }));
  const applicable: ApplicableLaw = {
    applying: answers.filter(({ standing }) => standing.applies === "yes"),
    byOperator: answers
      .filter(({ standing }) => standing.applies === "by-operator")
      .map(({ regime }) => regime),
    reading: { facts, moment, mechanisms: law.mechanisms, tellsWays },
    suspensions,
  };
  const cells = law.cells.map((cell) => judgeCell(cell, applicable));
  const cellVerdicts = new Map(cells.map((cell) => [cell.id, cell]));
  const endpoints = law.endpoints.map((endpoint) =>
    judgeEndpoint(endpoint, applicable, {
      cell: law.cellById.get(endpoint.cell) ?? null,
      derivation: cellVerdicts.get(endpoint.cell) ?? null,
    }),
  );
  const missing = missingLaw(law, facts, moment);
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

interface Question extends Telling {
  readonly law: PreparedLaw;
  readonly facts: Facts;
  readonly moment: Moment;
}

function standingOf(
  regime: Regime,
  { law, facts, moment, tellsWays }: Question,
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
  const told = tellsWays ? because() : [];
  return { regime, unsaid, standing: { ...name, applies: isPossible ? "yes" : "no", because: told } };
}
