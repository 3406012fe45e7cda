import { includesPlace, membersOf, type PlaceSet } from "../../base/index.ts";
import type { Regime } from "../policy/regime.ts";

/**
 * Pairs of hard-local rules that no place can satisfy together. To prefer one would be to break the other, so unless an
 * exception carries one of them, both block, and the refusal names both.
 */
export function irreconcilable(applying: readonly Regime[]): ReadonlyMap<Regime, Regime> {
  const local = applying.filter(({ rule }) => rule === "hard_local");
  const opposites = new Map<Regime, Regime>();
  if (local.length < 2) return opposites;
  for (const regime of local) {
    const opposite = local.find((other) => other !== regime && !sharePlace(regime.home, other.home));
    if (opposite) opposites.set(regime, opposite);
  }
  return opposites;
}

function sharePlace(left: PlaceSet, right: PlaceSet): boolean {
  return reaches(left, right) || reaches(right, left);
}

function reaches(from: PlaceSet, to: PlaceSet): boolean {
  return membersOf(from).some((place) => includesPlace(to, place));
}
