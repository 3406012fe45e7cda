// Who may run it. A constraint on operators binds under every kind of rule, because a forbid is never skipped.
import { includesPlace, mayLieIn } from "../base/index.ts";
import { formatCertification, isCertified } from "./certification.ts";
import { controlledFrom } from "./control.ts";
import type { Verdict } from "./derivation.ts";
import type { Siting } from "./endpoint.ts";
import type { Reading } from "./reading.ts";
import type { OperatorConstraint, Regime } from "./regime.ts";
import { blocked, formatPlaces } from "./verdict.ts";

/** Null where no constraint blocks. */
export function judgeOperator(regime: Regime, siting: Siting, reading: Reading): Verdict | null {
  for (const constraint of regime.operatorConstraints) {
    const reason = violation(constraint, siting, reading);
    if (reason !== null) return blocked({ rule: regime.id, article: constraint.article }, reason);
  }
  return null;
}

function violation(constraint: OperatorConstraint, siting: Siting, reading: Reading): string | null {
  const { denyControlFrom, allowControlFrom, requiresCertification } = constraint;
  const operator = `operator \`${siting.operator.id}\``;
  const homes = controlledFrom(siting.operator, reading.moment);
  const denied = homes.find((home) => mayLieIn(denyControlFrom, home));
  if (denied !== undefined) return `${operator} is controlled from \`${denied}\``;
  if (allowControlFrom !== null) {
    const foreign = homes.find((home) => !includesPlace(allowControlFrom, home));
    if (foreign !== undefined) {
      return `${operator} is controlled from \`${foreign}\`, not only from ${formatPlaces(allowControlFrom)}`;
    }
  }
  if (requiresCertification === null || isCertified(siting, requiresCertification, reading)) return null;
  return `${operator} is not certified under ${formatCertification(requiresCertification)}`;
}
