import type { Siting } from "./endpoint.ts";
import { isOrImplies } from "./facts.ts";
import type { Reading } from "./reading.ts";
import type { CertificationRule } from "./regime.ts";

/**
 * Whether one certificate in force, of the operator or of the siting itself, reaches to every class of the request that
 * the rule wants it to. Who says nothing of certificates has none: that is no missing fact, for it can only narrow.
 */
export function isCertified(
  siting: Siting,
  rule: CertificationRule,
  { facts, moment }: Pick<Reading, "facts" | "moment">,
): boolean {
  const wanted = [...rule.scopeFor]
    .filter(([dataClass]) => facts.classes.some(({ value }) => isOrImplies(value, dataClass)))
    .map(([, word]) => word);
  return [...siting.operator.certifications, ...siting.certifications].some(
    ({ scheme, scope, validity }) =>
      scheme === rule.scheme && moment.isInForce(validity) && wanted.every((word) => scope.has(word)),
  );
}

/** For messages: `dpf`, with `hr` for `human-resources`. */
export function formatCertification({ scheme, scopeFor }: CertificationRule): string {
  const words = [...scopeFor].map(([dataClass, word]) => `with \`${word}\` for \`${dataClass}\``);
  return [`\`${scheme}\``, ...words].join(", ");
}
