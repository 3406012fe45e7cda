import type { Siting } from "../policy/endpoint.ts";
import { type Facts, isOrImplies } from "../policy/facts.ts";
import type { Reading } from "./reading.ts";
import type { CertificationRule } from "../policy/regime.ts";

/**
 * Whether one certificate in force, of the operator or of the siting itself, reaches to every class of the request that
 * the rule wants it to. Who says nothing of certificates has none: that is no missing fact, for it can only narrow.
 */
export function isCertified(
  siting: Siting,
  rule: CertificationRule,
  { facts, moment }: Pick<Reading, "facts" | "moment">,
): boolean {
  const wanted = scopeWanted(rule, facts);
  return [...siting.operator.certifications, ...siting.certifications].some(
    ({ scheme, scope, validity }) =>
      scheme === rule.scheme && moment.isInForce(validity) && wanted.every((word) => scope.has(word)),
  );
}

/** The words that a certificate's scope must hold for the classes of this request. */
export function scopeWanted({ scopeFor }: CertificationRule, { classes }: Facts): readonly string[] {
  return [...scopeFor]
    .filter(([dataClass]) => classes.some(({ value }) => isOrImplies(value, dataClass)))
    .map(([, word]) => word);
}

/** Names the rule in a message: `dpf`, with `hr` for `human-resources`. */
export function formatCertification({ scheme, scopeFor }: CertificationRule): string {
  const words = [...scopeFor].map(([dataClass, word]) => `with \`${word}\` for \`${dataClass}\``);
  return [`\`${scheme}\``, ...words].join(", ");
}
