// How claims about the subject's place are joined (docs/law/signals.md). All regimes that any of them calls apply, so a
// claim can only narrow; the one exception is a choice among the places that the tenant's contract itself declares.
import type { Place } from "../../base/index.ts";
import { bases, type Claim } from "./facts.ts";

/** Signals to which a tenant may leave the choice. Whoever can forge a host name or an address is not asked. */
export const selectingBases = ["key-binding", "jwt-claim", "header"] as const;
export type SelectingBasis = (typeof selectingBases)[number];

/**
 * The claims that stand. A signal in `maySelect` chooses out of what stronger ones have left, if every place that it
 * names is among that; otherwise, and without the permission, its claims are added.
 *
 * INVARIANT: with declared places, the result holds all of them, or at least one of them and no reason less: no
 * signal leads out of what the tenant declared. An address alone is no claim: it adds to others or is dropped, so that
 * it never makes known what was unknown.
 */
export function joinClaims(
  claims: readonly Claim<Place>[],
  maySelect: ReadonlySet<SelectingBasis>,
): readonly Claim<Place>[] {
  let chosen = claims.filter(({ basis }) => basis === "tenant-contract");
  const added: Claim<Place>[] = [];
  for (const basis of bases) {
    if (basis === "tenant-contract") continue;
    const own = claims.filter((claim) => claim.basis === basis);
    if (isSelecting(basis, maySelect) && chooses(own, chosen)) chosen = own;
    else added.push(...own);
  }
  const joined = [...chosen, ...added];
  return joined.every(({ basis }) => basis === "geo-ip") ? [] : joined;
}

function isSelecting(basis: Claim<Place>["basis"], maySelect: ReadonlySet<SelectingBasis>): boolean {
  return selectingBases.some((selecting) => selecting === basis && maySelect.has(selecting));
}

/** Compares codes as they are declared: `AE+DIFC` is another law than `AE`, not a closer look at it. */
function chooses(own: readonly Claim<Place>[], chosen: readonly Claim<Place>[]): boolean {
  return own.length > 0 && own.every(({ value }) => chosen.some((declared) => declared.value === value));
}
