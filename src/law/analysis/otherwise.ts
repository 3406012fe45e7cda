// The tenant's contract with one thing otherwise than it says: each controller's place, each status, each role, each count on
// both sides of its threshold. A contract may be wrong, or be changed tomorrow; the two evaluators must agree of it then, too.
import { membersOf, type Place } from "../../base/index.ts";
import { type Facts, type Role, roles } from "../policy/facts.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { Condition, Regime } from "../policy/regime.ts";
import { conditionsOf, leavesOf } from "../policy/condition-leaves.ts";
import type { Alike } from "./alike.ts";

/** One at a time: two together meet no condition that neither meets alone, but within an `all` that the properties hold. */
export function otherwise(
  facts: Facts,
  { regimes }: LawPolicy,
  places: readonly Alike<Place>[],
): readonly Facts[] {
  const leaves = regimes.flatMap((regime) => conditionsOf(regime).flatMap(leavesOf));
  return distinct([
    ...places.map(([place]) => ({ ...facts, controllerPlaces: [place] })),
    ...leaves.flatMap((leaf) => withAnswers(facts, leaf)),
    ...rolesAsked(regimes).map((role) => ({ ...facts, attested: { ...facts.attested, role } })),
  ]);
}

/** A tool may be made for a controller, or for a processor; where none is, the role is nobody's matter. */
function rolesAsked(regimes: readonly Regime[]): readonly (Role | null)[] {
  const asked = regimes.flatMap(({ mechanisms }) => mechanisms.map(({ exporterRole }) => exporterRole));
  return asked.every((role) => role === null) ? [] : [...roles, null];
}

function withAnswers(facts: Facts, leaf: Condition): readonly Facts[] {
  const attest = (change: Partial<Facts["attested"]>): Facts => ({
    ...facts,
    attested: { ...facts.attested, ...change },
  });
  switch (leaf.kind) {
    case "volume_at_least": {
      const reached = Math.max(0, leaf.count - facts.persons);
      const { volumes } = facts.attested;
      return [reached, Math.max(0, reached - 1)].map((volume) =>
        attest({ volumes: { ...volumes, [leaf.counter]: volume } }),
      );
    }
    case "controller_status":
      return [[], ...[...leaf.in].map((status) => [status])].map((statuses) => attest({ statuses }));
    case "purpose":
      return [...leaf.in, "another-purpose"].map((purpose) => attest({ purposes: [purpose] }));
    case "employment":
      return [true, false].map((employment) => attest({ employment }));
    case "minor":
      return [true, false].map((minors) => attest({ minors }));
    case "targeted_place":
      return [[], membersOf(leaf.in).slice(0, 1)].map((targets) => attest({ targets }));
    case "subject_citizenship":
      return membersOf(leaf.in)
        .slice(0, 1)
        .map((value) => ({ ...facts, subjectCitizenships: [{ value, basis: "header" as const }] }));
    case "all":
    case "any":
    case "not":
    case "subject_place":
    case "subject_residence":
    case "controller_place":
    case "processor_place":
    case "sector":
    case "data_class":
    case "requires_level":
      // Places, classes and sectors are claimed or taken in turn elsewhere; operators and wishes are the policy's.
      return [];
    default:
      return leaf satisfies never;
  }
}

function distinct(all: readonly Facts[]): readonly Facts[] {
  return [...new Map(all.map((facts) => [keyOf(facts), facts])).values()];
}

function keyOf({ controllerPlaces, attested, subjectCitizenships }: Facts): string {
  return JSON.stringify([controllerPlaces, attested, subjectCitizenships]);
}
