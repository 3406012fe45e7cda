// What a policy's author leaves to chance: laws that no pinned pack states, and what permits assume.
import { type CellId, includesPlace, type InstantMs, type Place } from "../../../base/index.ts";
import { noClaims, type Policy, requestFacts, type Tenant } from "../../../config/index.ts";
import { covers, formatGap, isAccepted, type LawGap, lawGaps, type Regime } from "../../../law/index.ts";
import { listOf } from "../../terminal/quoted-list.ts";
import type { AnalysisFinding } from "./analysis-findings.ts";
import { assumptionFindings } from "./assumption-findings.ts";

/** `packs` reads all that could be pinned: where nothing is missing, nobody pays for it. */
export function coverFindings(
  policy: Policy,
  packs: () => readonly Regime[],
  nowMs: InstantMs,
): readonly AnalysisFinding[] {
  const tenants = [...policy.tenants.values()];
  return [
    ...tenants.flatMap((tenant) => holesOf(tenant, policy, packs, nowMs)),
    ...siteHoles(policy, packs, nowMs),
    ...assumptionFindings(policy, nowMs),
  ];
}

/** Whose law it may be must be known, or every request is refused: an error, with the pack that would fill it. */
function holesOf(
  tenant: Tenant,
  policy: Policy,
  packs: () => readonly Regime[],
  nowMs: InstantMs,
): readonly AnalysisFinding[] {
  return lawGaps(policy.law, requestFacts(tenant, noClaims, "" as CellId), nowMs).map((gap) => ({
    rule: "hole",
    severity: "error",
    path: `tenants.${tenant.id}`,
    message: `no pinned pack states the ${formatGap(gap)}: ${remedy(gap, packs)}`,
  }));
}

function remedy({ place, dataClass, filledBy }: LawGap, packs: () => readonly Regime[]): string {
  const stating = packs()
    .filter((regime) => (dataClass === null ? regime.id === filledBy : covers(regime, place, dataClass)))
    .map(({ id }) => id);
  const accept = `accept it by name under \`law.accepts\``;
  return stating.length > 0 ? `pin ${listOf(stating)}, or ${accept}` : `no pack does; ${accept}`;
}

/** The law of whoever runs a machine, and of where it stands, binds him: no permit hangs on it, and its author should know. */
function siteHoles(
  { law }: Policy,
  packs: () => readonly Regime[],
  nowMs: InstantMs,
): readonly AnalysisFinding[] {
  const accepted = law.acceptances
    .filter(({ validity: { untilMs } }) => untilMs === null || nowMs < untilMs)
    .map(({ place }) => place);
  const isKnown = (place: Place): boolean =>
    law.regimes.some((regime) => includesPlace(regime.covers, place)) || isAccepted(accepted, place);
  const sited = [...law.cells, ...law.endpoints].flatMap(({ id, computes, stores, support, operator }) =>
    [...computes, ...stores, ...support.map(({ place }) => place), operator.home].map((place) => ({
      place,
      id,
    })),
  );
  const byPlace = Map.groupBy(
    sited.filter(({ place }) => !isKnown(place)),
    ({ place }) => place,
  );
  return Array.from(byPlace, ([place, found]) => {
    const stating = packs()
      .filter((regime) => includesPlace(regime.covers, place))
      .map(({ id }) => id);
    const pack = stating.length > 0 ? `; ${listOf(stating)} does` : "";
    const who = listOf(new Set(found.map(({ id }) => id)));
    const message = `no pinned pack states the law of \`${place}\`, where ${who} is run, reached or owned${pack}`;
    return { rule: "hole", severity: "warning", path: "law.packs", message };
  });
}
