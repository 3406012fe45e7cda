// A condition as a lawyer reads it.
import { membersOf, type PlaceSet, zones } from "../../../base/index.ts";
import type { Condition } from "../../../law/index.ts";

export function conditionWords(condition: Condition): string {
  switch (condition.kind) {
    case "all":
      return condition.of.length === 0 ? "always" : condition.of.map(inner).join(" and ");
    case "any":
      return condition.of.length === 0 ? "never" : condition.of.map(inner).join(" or ");
    case "not":
      return `not (${conditionWords(condition.of)})`;
    case "subject_place":
      return `a data subject may be in ${placeWords(condition.in)}`;
    case "subject_citizenship":
      return `a data subject may be a citizen of ${placeWords(condition.in)}`;
    case "subject_residence":
      return `a data subject may reside or be in ${placeWords(condition.in)}`;
    case "controller_place":
      return `the controller is established in ${placeWords(condition.in)}`;
    case "processor_place":
      return `an operator on the way is established in, or controlled from, ${placeWords(condition.in)}`;
    case "targeted_place":
      return `people in ${placeWords(condition.in)} may be offered something, or watched`;
    case "data_class":
      return `the request holds data of class ${listed(condition.in)}`;
    case "sector":
      return `the controller's sector is ${listed(condition.in)}`;
    case "controller_status":
      return `the controller may be ${listed(condition.in)}`;
    case "purpose":
      return `the purpose may be ${listed(condition.in)}`;
    case "requires_level":
      return `the tenant requires ${listed(condition.in)}`;
    case "volume_at_least":
      return `${condition.counter} comes to ${condition.count} or more ${periodWords[condition.period.kind]}`;
    case "minor":
      return "a data subject may be a minor";
    case "employment":
      return "it is in the context of employment";
    default:
      return condition satisfies never;
  }
}

const periodWords = { "calendar-year": "since 1 January", "12-months": "in twelve months" } as const;

function inner(condition: Condition): string {
  const words = conditionWords(condition);
  const isSeveral = (condition.kind === "any" || condition.kind === "all") && condition.of.length > 1;
  return isSeveral ? `(${words})` : words;
}

function listed(words: ReadonlySet<string>): string {
  return [...words].join(" or ");
}

/** `EEA` rather than thirty countries, wherever all of them are there. */
export function placeWords(places: PlaceSet): string {
  const members = new Set(membersOf(places));
  const named: string[] = [];
  for (const name of ["EEA", "EU"]) {
    const zone = [...membersOf(zones.get(name) ?? new Set())];
    if (!zone.every((place) => members.has(place))) continue;
    named.push(name);
    for (const place of zone) members.delete(place);
  }
  const without = [...places].filter((place) => place.startsWith("!")).map((place) => place.slice(1));
  const all = [...named, ...[...members].toSorted()].join(", ") || "nowhere";
  return without.length === 0 ? all : `${all} without ${without.join(", ")}`;
}
