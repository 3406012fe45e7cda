// What a tenant wants on top of the law: where, under whose control, on whose premises (each level holds the one before).
import { includesPlace, type Place, type PlaceSet } from "../../base/index.ts";
import { controlledFrom } from "./control.ts";
import type { Verdict } from "../derivation.ts";
import { type SitedTarget, sitedIn } from "../policy/endpoint.ts";
import type { Requirement } from "../policy/facts.ts";
import type { Moment } from "../policy/moment.ts";
import { blocked, blockedByUnknown, formatPlaces, passed } from "./verdict.ts";

/** A tenant's wish is no law: whoever fails it is not unlawful for that. */
export function judgeRequirement(requirement: Requirement, target: SitedTarget, moment: Moment): Verdict {
  return { ...judged(requirement, target, moment), isWish: true };
}

function judged(requirement: Requirement, target: SitedTarget, moment: Moment): Verdict {
  const { level, zone, zoneName } = requirement;
  const { siting } = target;
  const rule = { rule: `requires:${level}:${zoneName}`, article: "tenant requirement" };
  const outside = sitedIn(siting).filter((place) => !includesPlace(zone, place));
  if (outside.length > 0) return blocked(rule, `${formatPlaces(outside)}: not in \`${zoneName}\``);
  if (level === "residency") return passed(rule, `every place is in \`${zoneName}\``);

  const foreign = controlledFrom(siting.operator, moment).find((home) => !includesPlace(zone, home));
  if (foreign !== undefined) {
    const reason = `operator \`${siting.operator.id}\` is controlled from \`${foreign}\`, not from \`${zoneName}\``;
    return blocked(rule, reason);
  }
  if (level === "sovereignty") return passed(rule, `every place and controller is in \`${zoneName}\``);

  return judgePremises(rule, target, { zone, zoneName });
}

interface Zone {
  readonly zone: PlaceSet;
  readonly zoneName: string;
}

function judgePremises(
  rule: { readonly rule: string; readonly article: string },
  { id, siting }: SitedTarget,
  { zone, zoneName }: Zone,
): Verdict {
  const premises: readonly Place[] = siting.premises ?? [];
  if (premises.length === 0) {
    return blockedByUnknown(rule, "who owns its hardware and facility is not known", `premises of \`${id}\``);
  }
  if (!premises.every((place) => includesPlace(zone, place))) {
    return blocked(rule, `hardware or facility from ${formatPlaces(premises)}: not all in \`${zoneName}\``);
  }
  return passed(rule, `every place, controller and owner is in \`${zoneName}\``);
}
