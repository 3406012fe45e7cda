// Who may run it. A constraint on operators binds under every kind of rule, because a forbid is never skipped.
import { includesPlace, mayLieIn } from "../../base/index.ts";
import { formatCertification, isCertified, scopeWanted } from "./certification.ts";
import { controlBeyond } from "./control.ts";
import { certificationNeed } from "./need.ts";
import type { Verdict } from "../derivation.ts";
import type { Siting } from "../policy/endpoint.ts";
import type { Reading } from "./reading.ts";
import type { OperatorConstraint, Regime } from "../policy/regime.ts";
import { blocked, formatPlaces } from "./verdict.ts";

/** A verdict for each constraint that blocks. */
export function judgeOperator(regime: Regime, siting: Siting, reading: Reading): readonly Verdict[] {
  return regime.operatorConstraints.flatMap((constraint) => {
    const source = { rule: regime.id, article: constraint.article };
    const reason = wrongControl(constraint, siting, reading);
    if (reason !== null) return [blocked(source, reason)];
    return judgeCertification(constraint, source, { siting, reading });
  });
}

/** Who owns it cannot be cured. */
function wrongControl(constraint: OperatorConstraint, siting: Siting, reading: Reading): string | null {
  const { denyControlFrom, allowControlFrom } = constraint;
  const operator = `operator \`${siting.operator.id}\``;
  const homes = controlBeyond(constraint.exceptHome, siting.operator, reading.moment);
  const denied = homes.find((home) => mayLieIn(denyControlFrom, home));
  if (denied !== undefined) return `${operator} is controlled from \`${denied}\``;
  if (allowControlFrom === null) return null;
  const foreign = homes.find((home) => !includesPlace(allowControlFrom, home));
  if (foreign === undefined) return null;
  return `${operator} is controlled from \`${foreign}\`, not only from ${formatPlaces(allowControlFrom)}`;
}

interface Certified {
  readonly siting: Siting;
  readonly reading: Reading;
}

function judgeCertification(
  { requiresCertification: rule, article }: OperatorConstraint,
  source: { readonly rule: string; readonly article: string },
  { siting, reading }: Certified,
): readonly Verdict[] {
  if (rule === null || isCertified(siting, rule, reading)) return [];
  const reason = `operator \`${siting.operator.id}\` is not certified under ${formatCertification(rule)}`;
  const words = scopeWanted(rule, reading.facts);
  return [blocked(source, reason, [[[certificationNeed(rule, { article, words, siting })]]])];
}
