import { parsePlace, type Place } from "../../base/index.ts";
import { lookUp, type NameKind, type Policy } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { LegalTarget } from "../../law/index.ts";

/** Returns the name. Throws an {@link UnusableInputError} for one that the policy does not have. */
export function requireKnown(policy: Policy, kind: NameKind, name: string): string {
  const found = lookUp(policy, kind, name);
  if (!found.ok) throw new UnusableInputError([found.error]);
  return found.value;
}

/** Any place is one that an event can be about, whether the policy computes there or not. */
export function requirePlace(name: string): Place {
  const place = parsePlace(name);
  if (!place.ok) throw new UnusableInputError([place.error]);
  return place.value;
}

/** What a legal event is about. */
export function requireTarget(policy: Policy, { kind, name }: LegalTarget): LegalTarget {
  if (kind === "group") return { kind, name: requireKnown(policy, "operator", name) };
  if (kind !== "region") return { kind, name: requireKnown(policy, kind, name) };
  const place = parsePlace(name);
  if (!place.ok) throw new UnusableInputError([`region \`${name}\`: ${place.error}`]);
  return { kind, name: place.value };
}
